// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appendAudit } from '../../store/audit-log.ts';
import { askerOf, loginOf, userOf } from '../access.ts';
import { codeRequest, type LoginAnswer, loginAnswer, loginWays } from '../contract/account.ts';
import { acceptRequest, loginRequest, me, type User } from '../contract.ts';
import { Problem } from '../errors.ts';
import { createLogin, endLogin, LOGIN_COOKIE, LOGIN_COOKIE_OPTIONS, setLoginCookie } from '../login/login-sessions.ts';
import { loginStep } from '../login/login-step.ts';
import { addressKeys, codeKeys, passwordKeys } from '../login/login-throttle.ts';
import { requireGoodPassword } from '../login/password-rules.ts';
import { recordLogin } from '../login/record-login.ts';
import { acceptInvitation, findInvited, findUser, userOf as userOfRow } from '../users.ts';
import type { App, Parts } from './parts.ts';

export function loginRoutes(app: App, parts: Parts): void {
  const { context, passwords, first, secondFactors, throttle, devices, singleSignOn } = parts;

  app.get(
    '/api/me',
    { config: { access: 'enrolling', tokenScope: 'read' }, schema: { response: { 200: me } } },
    (request) => Promise.resolve({ user: userOf(request), step: request.login?.step === 'enrol' ? 'enrol' : 'done' }),
  );

  app.get('/api/login/ways', { config: { access: 'anyone' }, schema: { response: { 200: loginWays } } }, () =>
    Promise.resolve({ singleSignOn: singleSignOn === null ? null : { name: singleSignOn.name } }),
  );

  app.post(
    '/api/login',
    { config: { access: 'anyone' }, schema: { body: loginRequest, response: { 200: loginAnswer } } },
    async (request, reply) => {
      const { email, password } = request.body;
      const row = await findUser(context.store.read, email);
      const keys = passwordKeys(email, request.ip, row === undefined ? null : devices.idOf(request, row.id));
      await throttle.attempt(keys);
      const stored = row?.state === 'active' ? row.password_hash : null;
      if (!(await passwords.matches(stored, password)) || row === undefined) {
        await refuse(request, { email });
        throw new Problem('login-refused');
      }
      await throttle.succeeded(keys);
      return enter(request, reply, userOfRow(row), row.totp_secret !== null);
    },
  );

  app.post(
    '/api/login/code',
    { config: { access: 'code-step' }, schema: { body: codeRequest, response: { 200: loginAnswer } } },
    async (request, reply) => {
      const { user, idHash } = loginOf(request);
      const keys = codeKeys(user.id, request.ip, devices.idOf(request, user.id));
      await throttle.attempt(keys);
      const now = context.now();
      const id = await context.store.write(async (writer) => {
        const kind = await secondFactors.take(writer, user.id, request.body.code);
        if (kind === null) return null;
        await writer.deleteFrom('logins').where('id_hash', '=', idHash).execute();
        await recordLogin(writer, user, request.ip, now, { secondFactor: kind });
        return createLogin(writer, user.id, request, { method: 'password', second_factor_at: now.toISOString() }, now);
      });
      if (id === null) {
        await refuse(request, { email: user.email, secondFactor: 'wrong' });
        throw new Problem('code-wrong');
      }
      await throttle.succeeded(keys);
      return done(request, reply, id, user);
    },
  );

  app.post(
    '/api/logout',
    { config: { access: 'enrolling' }, schema: { response: { 204: z.null() } } },
    async (request, reply) => {
      const id = request.cookies[LOGIN_COOKIE] ?? '';
      await context.store.write(async (writer) => {
        await endLogin(writer, id);
        await appendAudit(writer, { at: context.now().toISOString(), ...askerOf(request), action: 'logged-out' });
      });
      reply.clearCookie(LOGIN_COOKIE, LOGIN_COOKIE_OPTIONS);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/invitations/accept',
    { config: { access: 'anyone' }, schema: { body: acceptRequest, response: { 200: loginAnswer } } },
    async (request, reply) => {
      const { code, password } = request.body;
      const keys = addressKeys(request.ip);
      await throttle.attempt(keys);
      const invited = await findInvited(context.store.read, code, context.now());
      await throttle.succeeded(keys);
      requireGoodPassword(password, invited);
      const passwordHash = await passwords.hash(password);
      const { user, hasSecondFactor } = await context.store.write((writer) =>
        acceptInvitation(writer, code, passwordHash, context.now(), request.ip),
      );
      if (user.role === 'administrator') await first.refresh();
      context.changes.tell({ topic: 'users', id: user.id });
      return enter(request, reply, user, hasSecondFactor);
    },
  );

  /** The password was right, or just set. */
  async function enter(
    request: FastifyRequest,
    reply: FastifyReply,
    user: User,
    hasSecondFactor: boolean,
  ): Promise<LoginAnswer> {
    const now = context.now();
    const facts = { method: 'password', role: user.role, hasSecondFactor, secondFactorShown: false } as const;
    const step = loginStep(facts, context.configuration.secondFactor);
    const id = await context.store.write(async (writer) => {
      if (step !== 'code') await recordLogin(writer, user, request.ip, now, { secondFactor: 'none' });
      return createLogin(writer, user.id, request, { method: 'password', second_factor_at: null }, now);
    });
    switch (step) {
      case 'done':
        return done(request, reply, id, user);
      case 'enrol':
      case 'code':
        setLoginCookie(reply, id);
        return step === 'code' ? { step } : { step, user };
    }
  }

  function done(request: FastifyRequest, reply: FastifyReply, id: string, user: User): LoginAnswer {
    setLoginCookie(reply, id);
    devices.remember(request, reply, user.id);
    return { step: 'done', user };
  }

  async function refuse(request: FastifyRequest, details: Readonly<Record<string, string>>): Promise<void> {
    const at = context.now().toISOString();
    await context.store.write((writer) =>
      appendAudit(writer, { at, actor: 'cloud', origin: request.ip, action: 'login-refused', details }),
    );
    context.changes.tell({ topic: 'audit', id: null });
  }
}
