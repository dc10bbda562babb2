import { describe, expect, test } from 'vitest';
import { Throttle } from './throttle.ts';

function throttled() {
  let now = 0;
  const throttle = new Throttle(() => now);
  return {
    throttle,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Fails until it is told to wait, and returns for how long. */
    exhaust: (address: string): number => {
      for (;;) {
        const wait = throttle.begin(address);
        if (wait > 0) return wait;
      }
    },
  };
}

describe('guessing is slowed down (G1)', () => {
  test('each failure doubles the delay of its address, up to a minute', () => {
    const { advance, exhaust } = throttled();
    let wait = exhaust('192.168.250.7');
    expect(wait).toBe(1000);
    for (let attempt = 0; attempt < 9; attempt += 1) {
      advance(wait);
      const next = exhaust('192.168.250.7');
      expect(next).toBe(Math.min(wait * 2, 60_000));
      wait = next;
    }
    expect(wait).toBe(60_000);
  });

  test('an attempt while waiting is refused and does not lengthen the wait', () => {
    const { throttle, advance, exhaust } = throttled();
    exhaust('192.168.250.7');
    advance(999);
    expect(throttle.begin('192.168.250.7')).toBe(1);
  });

  test('failures from ever new addresses slow everybody down, at most by ten seconds', () => {
    const { throttle, advance } = throttled();
    let longest = 0;
    for (let host = 0; host < 2000; host += 1) {
      const wait = throttle.begin(`10.0.${host >> 8}.${host & 255}`);
      longest = Math.max(longest, wait);
      advance(wait);
    }
    expect(longest).toBe(10_000);
  });

  test('nobody is locked out for good: a right attempt starts its address afresh', () => {
    const { throttle, advance, exhaust } = throttled();
    advance(exhaust('192.168.250.7'));
    expect(throttle.begin('192.168.250.7')).toBe(0);
    throttle.succeeded('192.168.250.7');
    expect(throttle.begin('192.168.250.7')).toBe(0);
  });

  test('K68: whatever address of its IPv6 network a host takes, it waits like with the one before', () => {
    const { throttle, exhaust } = throttled();
    exhaust('2001:db8::1');
    for (let host = 2; host < 200; host += 1)
      expect(throttle.begin(`2001:db8::${host.toString(16)}`)).toBeGreaterThan(0);
  });

  test('one IPv6 network is one address, and a mapped IPv4 address is that address', () => {
    const { throttle, exhaust } = throttled();
    exhaust('fe80:0:0:1:aaaa::1');
    expect(throttle.begin('fe80:0:0:1:bbbb::2')).toBeGreaterThan(0);
    exhaust('::ffff:192.168.250.7');
    expect(throttle.begin('192.168.250.7')).toBeGreaterThan(0);
  });
});
