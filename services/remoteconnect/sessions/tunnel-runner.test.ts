import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { key, SESSION_ID, session } from '../testing/desired.ts';
import { FakeTunnel } from '../testing/fake-tunnel.ts';
import { quietLog } from '../testing/quiet-log.ts';
import type { SessionPlan } from './session-table.ts';
import { type TunnelParts, TunnelRunner } from './tunnel-runner.ts';

let tunnel: FakeTunnel;
let lifetime: AbortController;
let running: Promise<void>;
let problems: (string | null)[] = [];

function start(parts: TunnelParts = tunnel.parts): TunnelRunner {
  const runner = new TunnelRunner({
    parts,
    log: quietLog,
    presharedKeyOf: () => key(5),
    onStatus: () => undefined,
    onConnected: () => undefined,
    onPath: () => undefined,
    onLost: () => undefined,
    onProblem: (problem) => problems.push(problem),
  });
  running = runner.run(lifetime.signal);
  return runner;
}

function plan(tunnelAddress = '100.64.0.1', changes: Parameters<typeof session>[0] = {}): SessionPlan {
  return {
    network: { tunnelAddress, relays: [], stunServers: [] },
    sessions: [{ ...session(changes), sessionId: SESSION_ID }],
  };
}

beforeEach(() => {
  tunnel = new FakeTunnel();
  lifetime = new AbortController();
  problems = [];
});

afterEach(async () => {
  lifetime.abort(new Error('the test is over'));
  await running;
});

describe('carrying out a plan', () => {
  it('sets the whitelist before the interface is there (T6)', async () => {
    await start().carryOut(plan());
    expect(tunnel.steps).toEqual(['relays dialled', 'whitelist', 'interface', 'peers']);
  });

  it('changes the whitelist of a running session without touching the interface (C6)', async () => {
    const runner = start();
    await runner.carryOut(plan());
    tunnel.steps.length = 0;
    await runner.carryOut(plan('100.64.0.1', { released: [{ address: '192.168.250.11' }] }));
    expect(tunnel.steps).toEqual(['whitelist', 'peers']);
  });

  it('makes a new interface when the gateway gets another address', async () => {
    const runner = start();
    await runner.carryOut(plan());
    tunnel.steps.length = 0;
    await runner.carryOut(plan('100.64.0.9'));
    const [before, after] = [
      ['whitelist', 'interface removed', 'engine closed', 'relays left'],
      ['relays dialled', 'interface', 'peers'],
    ];
    expect(tunnel.steps).toEqual([...before, ...after]);
  });

  it('leaves nothing half done when a part of it fails', async () => {
    tunnel.failures.push(new Error('no module'));
    await start().carryOut(plan());
    expect(tunnel.hasInterface).toBe(false);
    expect(tunnel.steps).toEqual(['relays dialled', 'whitelist', 'relays left']);
    expect(problems).toEqual([expect.stringContaining('no module')]);
  });

  it('leaves no interface and no relay when there can be no engine for them', async () => {
    const parts: TunnelParts = {
      ...tunnel.parts,
      createEngine: () => {
        throw new Error('no engine');
      },
    };
    await start(parts).carryOut(plan());
    expect(tunnel.steps).toEqual(['relays dialled', 'whitelist', 'interface', 'interface removed', 'relays left']);
  });

  it('leaves nothing behind when it is stopped while the interface is being made (G4)', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const runner = start({
      ...tunnel.parts,
      createInterface: async (address) => {
        begin();
        await gate;
        return tunnel.parts.createInterface(address);
      },
    });
    const carriedOut = runner.carryOut(plan());
    await begun;
    const closed = runner.close();
    expect(tunnel.steps.at(-1)).toBe('relays left');
    open();
    await Promise.all([closed, carriedOut]);
    expect(tunnel.hasInterface).toBe(false);
    expect(tunnel.whitelisted).toBeNull();
  });

  it('does nothing more once it is stopped', async () => {
    const runner = start();
    await runner.carryOut(plan());
    await runner.close();
    tunnel.steps.length = 0;
    await runner.carryOut(plan());
    expect(await runner.readFlows()).toBeNull();
    expect(tunnel.steps).toEqual([]);
  });
});
