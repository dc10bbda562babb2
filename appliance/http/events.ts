import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from '../access/sessions.ts';
import type { Overview } from '../contract.ts';
import { AmsFailure } from '../errors.ts';
import type { OverviewFeed } from '../overview.ts';

const KEEP_ALIVE_MILLISECONDS = 15_000;
const MAXIMUM_STREAMS = 32;
/** A reader that does not take what it is sent is cut off; it may come back and gets the newest overview. */
const MAXIMUM_UNREAD_BYTES = 1_000_000;

const open = new WeakMap<OverviewFeed, { count: number }>();

/** Server-sent events (WHATWG HTML, section 9.2) until the reader leaves or its login ends. */
export async function serveEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, feed }: { readonly sessions: Sessions; readonly feed: OverviewFeed },
): Promise<void> {
  const streams = open.get(feed) ?? { count: 0 };
  open.set(feed, streams);
  if (streams.count >= MAXIMUM_STREAMS) throw new AmsFailure('too-many-attempts', { retryAfterSeconds: 10 });
  const first = await feed.read();
  const { sessionId } = request.session;
  const { raw } = reply;
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (overview: Overview) => {
    if (!sessions.isAlive(sessionId)) raw.end();
    else if (raw.writableLength > MAXIMUM_UNREAD_BYTES) raw.destroy();
    else raw.write(`data: ${JSON.stringify(overview)}\n\n`);
  };
  const stopListening = feed.listen(send);
  const stopWaiting = sessions.whenEnded(sessionId, () => raw.end());
  // The check is also what ends a stream whose login expires without a word.
  const timer = setInterval(() => {
    if (sessions.isAlive(sessionId)) raw.write(': still here\n\n');
    else raw.end();
  }, KEEP_ALIVE_MILLISECONDS);
  streams.count += 1;
  raw.on('close', () => {
    streams.count -= 1;
    clearInterval(timer);
    stopListening();
    stopWaiting();
  });
  send(first);
}
