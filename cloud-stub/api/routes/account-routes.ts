// oxlint-disable oxc/no-async-endpoint-handlers -- a rule for Express; Fastify awaits its handlers
/** One's own account: password, second factor, recovery codes, logins. Needs no right; everything is the asking user's. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appendAudit } from '../../store/audit-log.ts';
import { askerOf, loginOf, userOf } from '../access.ts';
import {
  account,
  confirmRequest,
  enrolment,
  ownLogin,
  passwordChange,
  passwordProof,
  recoveryCodes,
} from '../contract/account.ts';
import { Problem } from '../errors.ts';
import { endLogins } from '../login/login-sessions.ts';
import { isSecondFactorDemanded } from '../login/login-step.ts';
import { codeKeys, passwordKeys } from '../login/login-throttle.ts';
import { endOwnLogin, endOwnOtherLogins, listOwnLogins } from '../login/own-logins.ts';
import { requireGoodPassword } from '../login/password-rules.ts';
import { forgetSecondFactor } from '../login/second-factor.ts';
import type { App, Parts } from './parts.ts';

const byId = z.object({ id: z.uuid() });
const nothing = { 204: z.null() };

export function accountRoutes(app: App, parts: Parts): void {
  const { context, passwords, secondFactors, throttle, devices } = parts;
  const { store } = context;

  app.get(
    '/api/account',
    { config: { access: 'logged-in' }, schema: { response: { 200: account } } },
    async (request) => {
      const user = userOf(request);
      const row = await store.read
        .selectFrom('users')
        .select(['password_hash', 'totp_secret', 'totp_since'])
        .where('id', '=', user.id)
        .executeTakeFirstOrThrow();
      const left = await store.read
        .selectFrom('recovery_codes')
        .select('user_id')
        .where('user_id', '=', user.id)
        .execute();
      return {
        user,
        hasPassword: row.password_hash !== null,
        secondFactor: {
          since: row.totp_since,
          isDemanded: isSecondFactorDemanded(context.configuration.secondFactor, user.role),
          recoveryCodesLeft: left.length,
        },
      };
    },
  );

  app.post(
    '/api/account/password',
    { config: { access: 'logged-in' }, schema: { body: passwordChange, response: nothing } },
    async (request, reply) => {
      const user = userOf(request);
      await requirePassword(request, request.body.current);
      requireGoodPassword(request.body.wanted, user);
      const hash = await passwords.hash(request.body.wanted);
      await store.write(async (writer) => {
        await writer.updateTable('users').set({ password_hash: hash }).where('id', '=', user.id).execute();
        await writer.deleteFrom('invitations').where('user_id', '=', user.id).execute();
        await endLogins(writer, user.id, loginOf(request).idHash);
        await appendAudit(writer, { at: context.now().toISOString(), ...askerOf(request), action: 'password-changed' });
      });
      context.changes.tell({ topic: 'users', id: user.id });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/account/second-factor',
    { config: { access: 'enrolling' }, schema: { body: passwordProof, response: { 200: enrolment } } },
    async (request) => {
      // Whoever has to set it up has shown the password just before.
      if (loginOf(request).step !== 'enrol') await requirePassword(request, request.body.password);
      return secondFactors.begin(userOf(request));
    },
  );

  app.post(
    '/api/account/second-factor/confirm',
    { config: { access: 'enrolling' }, schema: { body: confirmRequest, response: { 200: recoveryCodes } } },
    async (request, reply) => {
      const user = userOf(request);
      const keys = codeKeys(user.id, request.ip, devices.idOf(request, user.id));
      await throttle.attempt(keys);
      const made = await secondFactors.confirm(user, request.body.code, loginOf(request).idHash, askerOf(request));
      await throttle.succeeded(keys);
      devices.remember(request, reply, user.id);
      context.changes.tell({ topic: 'users', id: user.id });
      return made;
    },
  );

  app.post(
    '/api/account/second-factor/remove',
    { config: { access: 'logged-in' }, schema: { body: passwordProof, response: nothing } },
    async (request, reply) => {
      const user = userOf(request);
      if (isSecondFactorDemanded(context.configuration.secondFactor, user.role))
        throw new Problem('second-factor-stays');
      await requirePassword(request, request.body.password);
      await store.write(async (writer) => {
        await forgetSecondFactor(writer, user.id);
        const at = context.now().toISOString();
        await appendAudit(writer, { at, ...askerOf(request), action: 'second-factor-removed' });
      });
      context.changes.tell({ topic: 'users', id: user.id });
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/account/recovery-codes',
    { config: { access: 'logged-in' }, schema: { body: passwordProof, response: { 200: recoveryCodes } } },
    async (request) => {
      await requirePassword(request, request.body.password);
      const made = await secondFactors.renewRecoveryCodes(userOf(request), askerOf(request));
      context.changes.tell({ topic: 'audit', id: null });
      return made;
    },
  );

  app.get(
    '/api/account/logins',
    { config: { access: 'logged-in' }, schema: { response: { 200: z.array(ownLogin) } } },
    (request) => listOwnLogins(context, loginOf(request)),
  );

  app.delete(
    '/api/account/logins/:id',
    { config: { access: 'logged-in' }, schema: { params: byId, response: nothing } },
    async (request, reply) => {
      await endOwnLogin(context, request.params.id, loginOf(request), askerOf(request));
      context.changes.tell({ topic: 'users', id: userOf(request).id });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/account/logins',
    { config: { access: 'logged-in' }, schema: { response: nothing } },
    async (request, reply) => {
      await endOwnOtherLogins(context, loginOf(request), askerOf(request));
      context.changes.tell({ topic: 'users', id: userOf(request).id });
      return reply.code(204).send(null);
    },
  );

  /**
   * An unattended browser must not be enough to take an account over.
   * @throws Problem single-sign-on-user, password-wrong, too-many-attempts
   */
  async function requirePassword(request: FastifyRequest, password: string | null): Promise<void> {
    const { id, email } = userOf(request);
    const row = await store.read
      .selectFrom('users')
      .select('password_hash')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    if (row.password_hash === null) throw new Problem('single-sign-on-user');
    const keys = passwordKeys(email, request.ip, devices.idOf(request, id));
    await throttle.attempt(keys);
    if (!(await passwords.matches(row.password_hash, password ?? ''))) throw new Problem('password-wrong');
    await throttle.succeeded(keys);
  }
}
