/** Server-sent events (HTML, "Server-sent events"): which list has changed, never the data. */
import type { ServerResponse } from 'node:http';
import { userOf, userOfOpen } from '../access.ts';
import type { Change, User } from '../contract.ts';
import { scopeOf } from '../rights.ts';
import type { App, Parts } from './parts.ts';

/** Proxies cut idle connections after 30 seconds and more. */
const HEARTBEAT_MILLISECONDS = 20_000;

interface Watcher {
  /** As of the last heartbeat: a role may change while an access token stays good. */
  user: User;
  readonly userNow: () => Promise<User | null>;
  readonly response: ServerResponse;
}

export function changeRoutes(app: App, { context }: Parts): void {
  const watchers = new Set<Watcher>();

  const tell = (change: Change): void => {
    for (const watcher of watchers) {
      const visible = visibleTo(watcher.user, change);
      if (visible !== null) watcher.response.write(`data: ${JSON.stringify(visible)}\n\n`);
    }
  };
  /** A stream ends with its login or token. */
  const beat = async (): Promise<void> => {
    for (const watcher of watchers) {
      const user = await watcher.userNow();
      if (user === null) {
        watcher.response.end();
        continue;
      }
      watcher.user = user;
      watcher.response.write(': still here\n\n');
    }
  };
  const heart = setInterval(() => {
    beat().catch((error: unknown) => context.log.error({ err: error }, 'event streams could not be checked'));
  }, HEARTBEAT_MILLISECONDS);
  context.changes.on('change', tell).on('heard', tell);
  app.addHook('preClose', (done) => {
    clearInterval(heart);
    context.changes.off('change', tell).off('heard', tell);
    for (const { response } of watchers) response.end();
    done();
  });

  app.get('/api/events', { config: { access: 'logged-in', tokenScope: 'read' } }, (request, reply) => {
    const watcher: Watcher = {
      user: userOf(request),
      userNow: () => userOfOpen(context, request),
      response: reply.raw,
    };
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.write(': open\n\n');
    watchers.add(watcher);
    reply.raw.once('close', () => watchers.delete(watcher));
    reply.raw.on('error', () => watchers.delete(watcher));
  });
}

/** Whoever sees only their own sessions is told neither of users nor of ids. */
function visibleTo(user: User, change: Change): Change | null {
  switch (change.topic) {
    case 'users':
      return scopeOf(user.role, 'see-users') === 'all' ? change : null;
    case 'audit':
      return scopeOf(user.role, 'see-audit') === 'all' ? change : null;
    case 'sessions':
      return scopeOf(user.role, 'see-sessions') === 'all' ? change : { ...change, id: null };
    case 'gateways':
      return scopeOf(user.role, 'see-gateways') === 'all' ? change : { ...change, id: null };
  }
}
