/**
 * The AMS's event stream. A browser reopens a stream that broke, but gives up after an answer such as 502, and a phone that
 * slept may keep a dead one; both are opened anew here.
 */
import { type Overview, overview } from '@edgegateway/appliance/contract';

export interface StreamListener {
  readonly onOverview: (overview: Overview) => void;
  readonly onLink: (link: 'open' | 'lost') => void;
  /** The stream was refused; the login may have ended. */
  readonly onRefused: () => void;
}

const REOPEN_AFTER_MS = 3000;

/** Listens until `signal` is aborted. */
export function followOverview(listener: StreamListener, signal: AbortSignal): void {
  let source: EventSource | null = null;
  let reopen: ReturnType<typeof setTimeout> | undefined;

  function open(): void {
    clearTimeout(reopen);
    source?.close();
    const opened = new EventSource('/api/events');
    source = opened;
    opened.addEventListener('message', (event: MessageEvent<string>) => {
      const parsed = parseOverview(event.data);
      if (parsed === null) return;
      listener.onLink('open');
      listener.onOverview(parsed);
    });
    opened.addEventListener('error', () => {
      listener.onLink('lost');
      if (opened.readyState !== EventSource.CLOSED) return;
      listener.onRefused();
      reopen = setTimeout(open, REOPEN_AFTER_MS);
    });
  }

  const awake = () => {
    if (document.visibilityState === 'visible') open();
  };
  document.addEventListener('visibilitychange', awake, { signal });
  globalThis.addEventListener('online', open, { signal });
  signal.addEventListener('abort', () => {
    clearTimeout(reopen);
    source?.close();
  });
  open();
}

function parseOverview(text: string): Overview | null {
  try {
    return overview.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
