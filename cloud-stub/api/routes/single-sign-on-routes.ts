// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** The way to the provider of single sign-on and back. Both are navigations of the browser: failures become `/?refused=`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { appendAudit } from '../../store/audit-log.ts';
import { Problem } from '../errors.ts';
import { createLogin, setLoginCookie } from '../login/login-sessions.ts';
import { addressKeys } from '../login/login-throttle.ts';
import { recordLogin } from '../login/record-login.ts';
import { ATTEMPT_MILLISECONDS, CALLBACK_PATH, type SingleSignOn } from '../login/single-sign-on.ts';
import type { SsoRefusal } from '../login/sso-claims.ts';
import { userFor } from '../login/sso-users.ts';
import type { App, Parts } from './parts.ts';

const ATTEMPT_COOKIE = '__Host-remoteconnect-sso';
/** `lax`: the provider leads the browser back, and that navigation comes from another site. */
const ATTEMPT_COOKIE_OPTIONS = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

export function singleSignOnRoutes(app: App, { context, singleSignOn, throttle, life, first }: Parts): void {
  const config = { access: 'anyone' } as const;

  app.get('/api/login/oidc', { config }, async (_request, reply) => {
    try {
      const { url, cookie } = await required(singleSignOn).begin();
      reply.setCookie(ATTEMPT_COOKIE, cookie, { ...ATTEMPT_COOKIE_OPTIONS, maxAge: ATTEMPT_MILLISECONDS / 1000 });
      return await reply.redirect(url, 302);
    } catch (error) {
      if (error instanceof Problem) throw error;
      context.log.warn({ problem: error instanceof Error ? error.message : 'unknown' }, 'single sign-on cannot begin');
      return reply.redirect('/?refused=sso-failed', 302);
    }
  });

  app.get(CALLBACK_PATH, { config }, async (request, reply) => {
    const provider = required(singleSignOn);
    const keys = addressKeys(request.ip);
    await throttle.attempt(keys);
    const cookie = request.cookies[ATTEMPT_COOKIE] ?? '';
    reply.clearCookie(ATTEMPT_COOKIE, ATTEMPT_COOKIE_OPTIONS);
    const judged = await provider.finish(request.url, cookie);
    if (judged.verdict === 'refused') return refuse(request, reply, judged.refusal, judged.email);
    const now = context.now();
    const outcome = await context.store.write(async (writer) => {
      const found = await userFor(writer, judged.person, provider.configuration, now.toISOString(), request.ip);
      if (found.result === 'refused') return found;
      await recordLogin(writer, found.user, request.ip, now, { method: 'single-sign-on' });
      const how = { method: 'single-sign-on', second_factor_at: null } as const;
      return { ...found, id: await createLogin(writer, found.user.id, request, how, now) };
    });
    if (outcome.result === 'refused') return refuse(request, reply, outcome.refusal, judged.person.email);
    for (const { sessionId, runId } of outcome.runsToEnd)
      await life.end(
        sessionId,
        runId,
        { actor: 'single sign-on', origin: request.ip },
        'Ended because its user may not use it any more.',
      );
    await throttle.succeeded(keys);
    if (outcome.user.role === 'administrator') await first.refresh();
    setLoginCookie(reply, outcome.id);
    context.changes.tell({ topic: 'users', id: outcome.user.id });
    return reply.redirect('/', 302);
  });

  async function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    refusal: SsoRefusal,
    email: string | null,
  ): Promise<FastifyReply> {
    const details = { method: 'single-sign-on', reason: refusal, ...(email === null ? {} : { email }) };
    await context.store.write((writer) =>
      appendAudit(writer, {
        at: context.now().toISOString(),
        actor: 'cloud',
        origin: request.ip,
        action: 'login-refused',
        details,
      }),
    );
    context.changes.tell({ topic: 'audit', id: null });
    return reply.redirect(`/?refused=${refusal}`, 302);
  }
}

function required(singleSignOn: SingleSignOn | null): SingleSignOn {
  if (singleSignOn === null) throw new Problem('not-found');
  return singleSignOn;
}
