import type { FastifyRequest } from 'fastify';
import type { AccessControl } from '../access/access-control.ts';
import type { Sessions } from '../access/sessions.ts';
import { type Access, loginRequest, passwordChange, setupRequest } from '../contract.ts';
import type { AmsApplication } from './ams-application.ts';
import { isLoggedIn, logIn, logOut, requireLogin } from './login.ts';
import { parseInput } from './parse-input.ts';

export interface AccessRouteOptions {
  readonly access: AccessControl;
  readonly sessions: Sessions;
}

/** Entering, leaving and the password (G1). */
export function addAccessRoutes(app: AmsApplication, { access, sessions }: AccessRouteOptions): void {
  const answer = (loggedIn: boolean): Access => ({ passwordSet: access.passwordSet, loggedIn });

  app.route({ method: 'GET', url: '/api/access', handler: async (request) => answer(isLoggedIn(request)) });

  app.route({
    method: 'POST',
    url: '/api/setup',
    handler: async (request) => {
      const { oneTimeCode, password } = parseInput(setupRequest, request.body);
      await access.setFirstPassword(addressOf(request), oneTimeCode, password);
      await logIn(request);
      return answer(true);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/login',
    handler: async (request) => {
      const { password } = parseInput(loginRequest, request.body);
      await access.checkPassword(addressOf(request), password);
      await logIn(request);
      return answer(true);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/logout',
    handler: async (request, reply) => {
      await logOut(request, reply);
      return answer(false);
    },
  });

  app.route({
    method: 'PUT',
    url: '/api/password',
    onRequest: requireLogin,
    handler: async (request) => {
      const { currentPassword, newPassword } = parseInput(passwordChange, request.body);
      await access.changePassword(addressOf(request), currentPassword, newPassword);
      sessions.destroyAllBut(null);
      await logIn(request);
      return answer(true);
    },
  });
}

/** Of the connection itself: nothing stands in front of the AMS, so no header is believed. */
function addressOf(request: FastifyRequest): string {
  return request.raw.socket.remoteAddress ?? 'unknown';
}
