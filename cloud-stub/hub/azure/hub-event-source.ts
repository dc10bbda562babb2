/** Reads IoT Hub's Event Hubs-compatible endpoint from where it was left, partition by partition, each event until it is taken. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  EventHubConsumerClient,
  type EventPosition,
  earliestEventPosition,
  type Subscription,
} from '@azure/event-hubs';
import type { Logger } from 'pino';
import { type HubEvent, hubEventOf, receivedEvent } from './hub-event.ts';

/** How far each partition has been taken in: Event Hubs' offsets by partition id. */
export interface HubCheckpoints {
  load(): Promise<ReadonlyMap<string, string>>;
  save(partition: string, offset: string): Promise<void>;
}

export interface HubEventSource {
  /** `take` rejects: the event comes again until it is taken, and those behind it wait. */
  start(take: (event: HubEvent) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const RETRY_MILLISECONDS = 1000;
const BATCH = { maxBatchSize: 100, maxWaitTimeInSeconds: 5 } as const;

export interface EventHubsOptions {
  readonly client: Pick<EventHubConsumerClient, 'getPartitionIds' | 'subscribe' | 'close'>;
  readonly checkpoints: HubCheckpoints;
  readonly log: Logger;
}

export function eventHubsSource({ client, checkpoints, log }: EventHubsOptions): HubEventSource {
  const stopped = new AbortController();
  let subscription: Subscription | null = null;
  return {
    async start(take) {
      const taken = await checkpoints.load();
      const partitions = await client.getPartitionIds({ abortSignal: stopped.signal });
      const startPosition = Object.fromEntries(
        partitions.map((partition): [string, EventPosition] => {
          const offset = taken.get(partition);
          return [partition, offset === undefined ? earliestEventPosition : { offset, isInclusive: false }];
        }),
      );
      subscription = client.subscribe(
        {
          async processEvents(events, { partitionId }) {
            for (const received of events) {
              const event = hubEventOf(receivedEvent.parse(received));
              if (event !== null) await untilTaken(() => take(event), stopped.signal, log);
              if (stopped.signal.aborted) return;
              await checkpoints.save(partitionId, received.offset);
            }
          },
          async processError(error, { partitionId }) {
            log.warn({ err: error, partition: partitionId }, "the hub's events cannot be read for now");
          },
        },
        { startPosition, ...BATCH },
      );
    },
    async stop() {
      stopped.abort();
      await subscription?.close();
      await client.close();
    },
  };
}

/** Told each time that it fails; ends with the signal. */
export async function untilTaken(take: () => Promise<void>, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    try {
      await take();
      return;
    } catch (error) {
      log.error({ err: error }, 'an event of the hub could not be taken; it is tried again');
      await pause(RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }
}
