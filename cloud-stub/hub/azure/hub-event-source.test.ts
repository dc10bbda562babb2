/** Reading in order, each event until it is taken, from where it was left; a double stands for the Event Hubs client. */
import { earliestEventPosition, type SubscribeOptions, type SubscriptionEventHandlers } from '@azure/event-hubs';
import { pino } from 'pino';
import { beforeEach, expect, test, vi } from 'vitest';
import type { HubEvent } from './hub-event.ts';
import { eventHubsSource, type HubEventSource } from './hub-event-source.ts';

vi.setConfig({ testTimeout: 30_000 });

let handlers: SubscriptionEventHandlers;
let options: SubscribeOptions | undefined;
let source: HubEventSource;
const saved: [string, string][] = [];
const closed: string[] = [];

beforeEach(() => {
  saved.length = 0;
  closed.length = 0;
  const subscription = {
    isRunning: true,
    close: async () => {
      closed.push('subscription');
    },
  };
  source = eventHubsSource({
    client: {
      getPartitionIds: async () => ['0', '1'],
      subscribe(...given: readonly unknown[]) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the second form of an overloaded method
        [handlers, options] = given as [SubscriptionEventHandlers, SubscribeOptions];
        return subscription;
      },
      close: async () => {
        closed.push('client');
      },
    },
    checkpoints: {
      load: async () => new Map([['1', '41']]),
      save: async (partition, offset) => void saved.push([partition, offset]),
    },
    log: pino({ level: 'silent' }),
  });
});

const message = (number: number) => ({
  body: number,
  offset: String(number),
  systemProperties: { 'iothub-connection-device-id': 'gw-1' },
});

async function deliver(partitionId: string, ...numbers: number[]): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is looked at of an event and its context
  await handlers.processEvents(numbers.map(message) as never, { partitionId } as never);
}

const bodies = (taken: readonly HubEvent[]) => taken.map((event) => (event.kind === 'telemetry' ? event.body : event));

test('G6: a partition is read on from its checkpoint, one without from its beginning', async () => {
  await source.start(async () => undefined);
  expect(options?.startPosition).toEqual({ '0': earliestEventPosition, '1': { offset: '41', isInclusive: false } });
  await source.stop();
  expect(closed).toEqual(['subscription', 'client']);
});

test('G6: events are taken in order, and noted only after that; one that fails comes again before those behind it', async () => {
  const taken: HubEvent[] = [];
  let failures = 1;
  await source.start(async (event) => {
    taken.push(event);
    if (failures > 0) {
      failures -= 1;
      expect(saved).toEqual([]);
      throw new Error('the store is away');
    }
  });
  await deliver('0', 1, 2);
  expect(bodies(taken)).toEqual([1, 1, 2]);
  expect(saved).toEqual([
    ['0', '1'],
    ['0', '2'],
  ]);
  await source.stop();
});

test('G6: an end in the middle of an event leaves it for the next time', async () => {
  await source.start(async () => {
    await source.stop();
    throw new Error('stopped');
  });
  await deliver('0', 1, 2);
  expect(saved).toEqual([]);
});

test('G6: what is no event of a device is passed over', async () => {
  await source.start(async () => {
    throw new Error('not reached');
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  await handlers.processEvents([{ body: 1, offset: '9' }] as never, { partitionId: '0' } as never);
  expect(saved).toEqual([['0', '9']]);
  await source.stop();
});
