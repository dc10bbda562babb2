// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** For whoever starts, watches and balances processes: `/health/live` and `/health/ready`. They tell no secrets. */
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { SharedHub } from '../processes/shared-hub.ts';
import type { App } from './parts.ts';

const STORE_MILLISECONDS = 5000;

/** `standby`: another process leads, and runs the hub. */
const readiness = z.strictObject({
  store: z.enum(['ok', 'failed']),
  hub: z.enum(['leads', 'standby', 'failed']),
});

export function healthRoutes(app: App, { store }: Context, hub: Pick<SharedHub, 'state'>): void {
  app.get('/health/live', { config: { access: 'anyone' } }, () => Promise.resolve({ status: 'ok' }));

  app.get(
    '/health/ready',
    { config: { access: 'anyone' }, schema: { response: { 200: readiness, 503: readiness } } },
    async (_request, reply) => {
      const answer = { store: await stateOfStore(), hub: hub.state };
      return reply.code(answer.store === 'ok' && answer.hub !== 'failed' ? 200 : 503).send(answer);
    },
  );

  async function stateOfStore(): Promise<'ok' | 'failed'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'failed'>((resolve) => {
      timer = setTimeout(resolve, STORE_MILLISECONDS, 'failed');
    });
    const asked = sql`select 1`.execute(store.read).then(
      () => 'ok' as const,
      () => 'failed' as const,
    );
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
