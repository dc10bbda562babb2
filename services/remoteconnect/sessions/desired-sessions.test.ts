import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configuration, key, OTHER_SESSION_ID, SESSION_ID, session } from '../testing/desired.ts';
import { readDesiredSessions } from './desired-sessions.ts';

describe('desired properties', () => {
  it('without remoteConnect mean that nothing runs', () => {
    expect(readDesiredSessions({})).toEqual({ network: null, sessions: new Map(), refused: [] });
  });

  it('give every valid session, and refuse an invalid one alone', () => {
    const broken = { ...session(), clientAddress: '192.168.250.7' };
    const own = {
      ...configuration({ [SESSION_ID]: session() }),
      sessions: { [SESSION_ID]: session(), [OTHER_SESSION_ID]: broken },
    };
    const read = readDesiredSessions({ remoteConnect: own });
    expect([...read.sessions.keys()]).toEqual([SESSION_ID]);
    expect(read.refused).toEqual([{ sessionId: OTHER_SESSION_ID, reason: 'clientAddress: must lie in 100.64.0.0/10' }]);
  });

  it('run no session at all when what the sessions share is wrong', () => {
    const read = readDesiredSessions({ remoteConnect: { ...configuration({ [SESSION_ID]: session() }), relays: [] } });
    expect(read.sessions.size).toBe(0);
    expect(read.refused).toHaveLength(1);
  });

  it.each([
    ['address', session({ clientPublicKey: key(2) })],
    ['key', session({ clientAddress: '100.64.0.3' })],
    ['gateway address', session({ clientPublicKey: key(2), clientAddress: '100.64.0.1' })],
  ])('refuse a session that takes the %s of another (T1)', (_what, second) => {
    const read = readDesiredSessions({
      remoteConnect: configuration({ [SESSION_ID]: session(), [OTHER_SESSION_ID]: second }),
    });
    expect([...read.sessions.keys()]).toEqual([SESSION_ID]);
    expect(read.refused.map((entry) => entry.sessionId)).toEqual([OTHER_SESSION_ID]);
  });

  it('never tell a value in a reason, for it may be a secret', () => {
    const own = { ...configuration({}), sessions: { [SESSION_ID]: { ...session(), signallingSecret: 'hunter2' } } };
    expect(JSON.stringify(readDesiredSessions({ remoteConnect: own }).refused)).not.toContain('hunter2');
  });

  it('are read without an exception, whatever they are', () => {
    const nearly = fc.record(
      {
        tunnelAddress: fc.oneof(fc.constant('100.64.0.1'), fc.anything()),
        relays: fc.oneof(fc.constant(configuration({}).relays), fc.anything()),
        stunServers: fc.constant([]),
        sessions: fc.dictionary(fc.oneof(fc.uuid(), fc.string()), fc.oneof(fc.constant(session()), fc.anything())),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearly), (own) => {
        const read = readDesiredSessions({ remoteConnect: own });
        for (const { reason } of read.refused) expect(reason.length).toBeLessThanOrEqual(200);
        expect(read.network !== null || read.sessions.size === 0).toBe(true);
      }),
    );
  });
});
