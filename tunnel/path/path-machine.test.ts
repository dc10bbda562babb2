import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOST_REASONS, stepPath } from './path-machine.ts';
import { initialPathState, type PathInput, type PathOutput, type PathState, type RelayView } from './path-state.ts';
import { PATH_TIMES } from './path-times.ts';

/** A path machine under a clock that only the test moves. */
class Clock {
  state: PathState;
  now = 1000;
  outputs: PathOutput[] = [];

  constructor(leads = true) {
    this.state = initialPathState('client', leads, this.now);
  }

  /** Lets time pass, then tells the input; gives what this step wants done. */
  after(milliseconds: number, input: PathInput): readonly PathOutput[] {
    this.now += milliseconds;
    const step = stepPath(this.state, input, this.now);
    this.state = step.state;
    this.outputs.push(...step.outputs);
    return step.outputs;
  }
}

const TICK: PathInput = { type: 'tick' };
const at = (...relays: RelayView[]): PathInput => ({ type: 'relays', relays });
const here = (name: string): RelayView => ({ name, peer: 'present' });
const leaving = (name: string): RelayView => ({ name, peer: 'leaving' });
const gone = (name: string): RelayView => ({ name, peer: 'absent' });
const heard = (receivedBytes: number, latestHandshakeAt: number | null = 5, sentBytes = 0): PathInput => ({
  type: 'counters',
  latestHandshakeAt,
  receivedBytes,
  sentBytes,
});
const types = (outputs: readonly PathOutput[]) => outputs.map(({ type }) => type);
const lost = (reason: string) => ({ type: 'lost', reason });

function connected(): Clock {
  const clock = new Clock();
  clock.after(0, at(here('relay0'), here('relay1')));
  clock.after(100, heard(92));
  clock.outputs = [];
  return clock;
}

test('the first relay at which the peer is gets the packets, and the leading end begins the handshake at once', () => {
  const outputs = new Clock().after(0, at(gone('relay0'), here('relay1'), here('relay2')));
  expect(outputs).toEqual([{ type: 'use-relay', relay: 'relay1' }, { type: 'nudge' }]);
});

test('the end that does not lead waits before it begins a handshake of its own', () => {
  const clock = new Clock(false);
  expect(clock.after(0, at(here('relay0')))).toEqual([{ type: 'use-relay', relay: 'relay0' }]);
  expect(clock.after(PATH_TIMES.followerPatience - 1, TICK)).toEqual([]);
  expect(clock.after(1, TICK)).toEqual([{ type: 'nudge' }]);
});

test('T2: a peer is connected once WireGuard received from it and has a handshake, not because a relay sees it', () => {
  const clock = new Clock();
  clock.after(0, at(here('relay0')));
  expect(clock.after(1000, heard(0, null))).toEqual([]);
  expect(clock.after(1000, heard(148, null))).toEqual([]);
  expect(clock.after(1000, heard(240, 5))).toEqual([{ type: 'connected' }]);
});

test('while connecting, WireGuard is nudged as often as it may begin a handshake', () => {
  const clock = new Clock();
  clock.after(0, at(here('relay0')));
  expect(clock.after(PATH_TIMES.nudgeInterval - 1, TICK)).toEqual([]);
  expect(clock.after(1, TICK)).toEqual([{ type: 'nudge' }]);
});

test('without a path nothing is nudged', () => {
  const clock = new Clock();
  clock.after(0, at(gone('relay0')));
  expect(clock.after(60_000, TICK)).toEqual([]);
});

test('T5: the peer leaves the relay in use: the next relay gets the packets and the peer stays connected', () => {
  const clock = connected();
  const outputs = clock.after(1000, at(gone('relay0'), here('relay1')));
  expect(outputs).toEqual([{ type: 'use-relay', relay: 'relay1' }]);
  expect(clock.state.link.state).toBe('connected');
});

test('T2: another relay is a reason to look for a direct path at once: what the ends told each other may be lost', () => {
  const clock = connected();
  clock.after(0, { type: 'bases', bases: [{ name: 'base', family: 'IPv4' }] });
  clock.after(0, { type: 'candidates', candidates: [{ kind: 'host', address: '203.0.113.1', port: 40_000 }] });
  for (let passed = 0; passed < PATH_TIMES.firstRetry - 1000; passed += 100) clock.after(100, TICK);
  expect(types(clock.after(0, TICK)), 'the round is over').toEqual([]);
  expect(types(clock.after(0, at(gone('relay0'), here('relay1'))))).toEqual(['use-relay', 'offer', 'check']);
  expect(types(clock.after(0, at(gone('relay0'), gone('relay1'))))).toEqual(['use-relay']);
});

test('a relay that is about to stop is left for another, and kept when there is none', () => {
  expect(connected().after(0, at(leaving('relay0'), here('relay1')))).toMatchObject([{ relay: 'relay1' }]);
  expect(connected().after(0, at(leaving('relay0'), gone('relay1')))).toEqual([]);
});

test('a better relay that comes back does not take the packets from one that is good', () => {
  const clock = connected();
  clock.after(0, at(gone('relay0'), here('relay1')));
  expect(clock.after(1000, at(here('relay0'), here('relay1')))).toEqual([]);
});

test('a relay that says the peer is there, while nothing arrives, is left for the next one', () => {
  const clock = new Clock();
  clock.after(0, at(here('relay0'), here('relay1')));
  const outputs = clock.after(PATH_TIMES.relayTrial, TICK);
  expect(outputs).toContainEqual({ type: 'use-relay', relay: 'relay1' });
});

test('T5: a peer at no relay is lost after a while, and not sooner', () => {
  const clock = connected();
  clock.after(0, at(gone('relay0'), gone('relay1')));
  expect(clock.after(PATH_TIMES.withoutPath - 1, TICK)).toEqual([]);
  expect(clock.after(1, TICK)).toEqual([lost(LOST_REASONS.withoutPath)]);
});

test('a peer that has fallen silent is lost, whatever its relay says', () => {
  const clock = connected();
  expect(clock.after(PATH_TIMES.silence - 1, heard(92, 5, 1))).toEqual([]);
  expect(clock.after(1, heard(92, 5, 1))).toContainEqual(lost(LOST_REASONS.silence));
});

test('T5: an end that has sent nothing for a while sends an empty packet, whatever comes from the other end', () => {
  const clock = connected();
  expect(clock.after(PATH_TIMES.keepAlive - 1, heard(124, 5, 32))).toEqual([]);
  expect(clock.after(PATH_TIMES.keepAlive - 1, heard(156, 5, 32))).toEqual([]);
  expect(clock.after(1, TICK)).toEqual([{ type: 'nudge' }]);
  expect(clock.after(1000, heard(188, 5, 64))).toEqual([]);
  expect(clock.after(PATH_TIMES.keepAlive, heard(220, 5, 64))).toEqual([{ type: 'nudge' }]);
});

test('a peer whose handshake is too old is lost though bytes are counted', () => {
  const clock = connected();
  for (let bytes = 100; bytes < 108; bytes += 1) clock.after(PATH_TIMES.handshakeExpires / 9, heard(bytes));
  expect(clock.after(PATH_TIMES.handshakeExpires / 9, heard(200))).toContainEqual(lost(LOST_REASONS.handshakeExpired));
});

test('after sleep nothing is connected from memory: it takes a new packet', () => {
  const clock = connected();
  expect(clock.after(0, { type: 'woke' })).toEqual([lost(LOST_REASONS.woke), { type: 'nudge' }]);
  expect(clock.after(1000, heard(92))).toEqual([]);
  expect(clock.after(1000, heard(93))).toEqual([{ type: 'connected' }]);
});

const relayNames = ['relay0', 'relay1', 'relay2'] as const;
const anyInput: fc.Arbitrary<PathInput> = fc.oneof(
  fc
    .tuple(...relayNames.map(() => fc.constantFrom('present', 'leaving', 'absent')))
    .map((peers) => at(...relayNames.map((name, index) => ({ name, peer: peers[index] ?? 'absent' })))),
  fc.record({
    type: fc.constant('counters' as const),
    latestHandshakeAt: fc.option(fc.nat(5)),
    receivedBytes: fc.nat(50),
    sentBytes: fc.nat(50),
  }),
  fc.constantFrom<PathInput>(TICK, { type: 'woke' }),
);
const anyRun = fc.array(fc.tuple(fc.nat(70_000), anyInput), { maxLength: 80 });

test('whatever happens: connected and lost take turns, and a peer at no relay is never newly connected', () => {
  fc.assert(
    fc.property(fc.boolean(), anyRun, (leads, run) => {
      const clock = new Clock(leads);
      let isConnected = false;
      for (const [pause, input] of run) {
        for (const output of clock.after(pause, input)) {
          if (output.type === 'connected') {
            expect(isConnected).toBe(false);
            expect(clock.state.relay).not.toBeNull();
            isConnected = true;
          } else if (output.type === 'lost') {
            expect(isConnected).toBe(true);
            isConnected = false;
          }
        }
        expect(clock.state.link.state === 'connected').toBe(isConnected);
      }
    }),
  );
});

test('whatever happens: packets never go to a relay that the peer is not at, while it is at one', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const clock = new Clock();
      for (const [pause, input] of run) {
        clock.after(pause, input);
        const { relay, relays } = clock.state;
        const reachable = relays.filter(({ peer }) => peer !== 'absent').map(({ name }) => name);
        if (relay === null) expect(reachable).toEqual([]);
        else expect(reachable).toContain(relay);
      }
    }),
  );
});

test('whatever happens: nudges are at least five seconds apart while the relay stays', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6000), { maxLength: 60 }), (pauses) => {
      const clock = new Clock();
      clock.after(0, at(here('relay0')));
      let last = clock.now;
      for (const pause of pauses) {
        if (!clock.after(pause, TICK).some(({ type }) => type === 'nudge')) continue;
        expect(clock.now - last).toBeGreaterThanOrEqual(PATH_TIMES.nudgeInterval);
        last = clock.now;
      }
    }),
  );
});
