/** Removes what is older than the retention from the audit log: at the start of the cloud, then once a day. */
import { removeOldAudit } from '../../store/audit-retention.ts';
import type { Context } from '../context.ts';

const DEFAULT_RETENTION_DAYS = 3650;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

export class Retention {
  readonly #context: Context;
  #timer: NodeJS.Timeout | null = null;

  constructor(context: Context) {
    this.#context = context;
  }

  async start(): Promise<void> {
    const days = this.#context.configuration.auditRetentionDays ?? DEFAULT_RETENTION_DAYS;
    if (days === 'never') return;
    await this.#remove(days);
    this.#timer = setInterval(() => void this.#remove(days), DAY_MILLISECONDS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** What could not be removed today is removed tomorrow. */
  async #remove(days: number): Promise<void> {
    const { store, changes, log, now } = this.#context;
    try {
      const removed = await store.write((writer) => removeOldAudit(writer, now(), days));
      if (removed === 0) return;
      log.info({ removed, days }, 'old entries of the audit log were removed');
      changes.emit('change', { topic: 'audit', id: null });
    } catch (error) {
      log.error({ err: error }, 'old entries of the audit log could not be removed; trying again tomorrow');
    }
  }
}
