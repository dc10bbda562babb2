/** What the page shows, put together from files, switch and service; told to everyone who listens when it changes. */
import type { GatewayStatus } from '@edgegateway/protocol/gateway-bus';
import type { Overview, SwitchState } from './contract.ts';
import type { GatewayIdentity } from './files/gateway-identity.ts';
import { type Log, sentenceOf } from './log.ts';
import { VERSION } from './version.ts';

export interface OverviewSources {
  readonly identity: () => Promise<GatewayIdentity>;
  readonly switchState: () => Promise<SwitchState>;
  readonly service: () => GatewayStatus | null;
  readonly log: Log;
}

/** Changes that come together are told once. */
const COALESCE_MILLISECONDS = 50;

export class OverviewFeed {
  readonly #sources: OverviewSources;
  readonly #listeners = new Set<(overview: Overview) => void>();
  #timer: NodeJS.Timeout | null = null;
  #told = '';

  constructor(sources: OverviewSources) {
    this.#sources = sources;
  }

  async read(): Promise<Overview> {
    const [identity, remoteConnect] = await Promise.all([this.#sources.identity(), this.#sources.switchState()]);
    return {
      version: VERSION,
      registrationId: identity.registrationId,
      deviceCertificate: identity.deviceCertificate,
      remoteConnect,
      service: this.#sources.service(),
    };
  }

  /** To be called whenever something may have changed. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#tell().catch((error: unknown) => {
        this.#sources.log.error({ problem: sentenceOf(error) }, 'the overview could not be read');
      });
    }, COALESCE_MILLISECONDS);
  }

  /** @returns ends the listening */
  listen(listener: (overview: Overview) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  async #tell(): Promise<void> {
    const overview = await this.read();
    const text = JSON.stringify(overview);
    if (text === this.#told) return;
    this.#told = text;
    for (const listener of this.#listeners) listener(overview);
  }
}
