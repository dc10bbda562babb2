/**
 * Who may call a route. Each route says it in its `config.access`; a route that does not, cannot be registered: deny by
 * default. Runs before the body is read.
 */
import type { FastifyRequest } from 'fastify';
import { holderOfToken } from './access-tokens.ts';
import { type Asker, type Context, cloudAuthority } from './context.ts';
import type { TokenScope } from './contract/access-tokens.ts';
import type { User } from './contract.ts';
import { Problem } from './errors.ts';
import { type ActiveLogin, findLogin, LOGIN_COOKIE, userOfLogin } from './login/login-sessions.ts';
import type { LoginStep } from './login/login-step.ts';
import { isRight, type Right, scopeOf } from './rights.ts';
import type { App } from './routes/parts.ts';
import { scopeFor } from './token-rights.ts';
import { actorOf } from './users.ts';

/**
 * `anyone`: no login (logging in, the page's files). `code-step`: a password was shown, the second factor not yet.
 * `enrolling`: any role, also while a second factor has to be set up first. `logged-in`: any role. `client`: no browser;
 * the route checks a ticket or token itself. Otherwise the right that the user's role must have.
 */
export type Access = 'anyone' | 'code-step' | 'enrolling' | 'logged-in' | 'client' | Right;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Of a route for anyone who is logged in: the scope with which an access token may call it too; none unless given. */
    tokenScope?: TokenScope;
  }
  interface FastifyRequest {
    user: User | null;
    login: ActiveLogin | null;
    /** Name of the access token that was shown instead of a login. */
    accessToken: string | null;
  }
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function guardRoutes(app: App, context: Context): void {
  const { configuration } = context;
  const ownOrigins = new Set([`https://${cloudAuthority(configuration)}`, ...(configuration.web.otherOrigins ?? [])]);
  app.decorateRequest('user', null);
  app.decorateRequest('login', null);
  app.decorateRequest('accessToken', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} says not who may call it`);
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    // No route: answered by the not-found handler.
    if (access === undefined || access === 'client') return;
    const token = tokenOf(request);
    // No browser sends this header for another site: whoever does, has the token.
    if (token === null && !SAFE_METHODS.has(request.method)) requireOwnOrigin(request, ownOrigins);
    if (access === 'anyone') return;
    if (token === null) await admitLogin(context, request, access);
    else await admitToken(context, request, token, access);
    if (request.user === null) throw new Problem('not-logged-in');
    if (isRight(access) && scopeOf(request.user.role, access) === 'none') throw new Problem('not-allowed');
  });
}

/** @throws Problem not-logged-in, second-factor-required */
async function admitLogin(context: Context, request: FastifyRequest, access: Access): Promise<void> {
  const id = request.cookies[LOGIN_COOKIE];
  request.login = id === undefined ? null : await findLogin(context, id);
  if (request.login === null) throw new Problem('not-logged-in');
  requireStep(request.login.step, access);
  request.user = request.login.user;
}

/** @throws Problem not-logged-in, second-factor-required */
function requireStep(step: LoginStep, access: Access): void {
  switch (step) {
    case 'code':
      if (access !== 'code-step') throw new Problem('not-logged-in');
      return;
    case 'enrol':
      if (access !== 'enrolling') throw new Problem('second-factor-required');
      return;
    case 'done':
      if (access === 'code-step') throw new Problem('not-logged-in');
  }
}

/** @throws Problem not-logged-in, second-factor-required, not-allowed, scope-missing */
async function admitToken(context: Context, request: FastifyRequest, token: string, access: Access): Promise<void> {
  const holder = await holderOfToken(context, token);
  if (holder === null) throw new Problem('not-logged-in');
  if (holder.lacksSecondFactor) throw new Problem('second-factor-required');
  const needed = scopeOfRoute(access, request.method, request.routeOptions.config.tokenScope);
  if (needed === null) throw new Problem('not-allowed');
  if (!holder.scopes.includes(needed)) throw new Problem('scope-missing', { detail: needed });
  request.user = holder.user;
  request.accessToken = holder.name;
}

/** The scope that an access token needs for a route; null where none may call it. */
export function scopeOfRoute(access: Access, method: string, tokenScope: TokenScope | undefined): TokenScope | null {
  return isRight(access) ? scopeFor(access, method) : (tokenScope ?? null);
}

function tokenOf({ headers }: FastifyRequest): string | null {
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** The user of a request that goes on, as they are now; null once its login or token is good no more. Counts as no use. */
export async function userOfOpen(context: Context, request: FastifyRequest): Promise<User | null> {
  const token = tokenOf(request);
  if (token !== null) {
    const holder = await holderOfToken(context, token, true);
    return holder === null || holder.lacksSecondFactor ? null : holder.user;
  }
  const id = request.cookies[LOGIN_COOKIE];
  return id === undefined ? null : userOfLogin(context, id, true);
}

/** Only the page of this cloud may change something (cross-site request forgery). */
function requireOwnOrigin({ headers }: FastifyRequest, ownOrigins: ReadonlySet<string>): void {
  const site = headers['sec-fetch-site'];
  const isOwn = headers.origin !== undefined && ownOrigins.has(headers.origin);
  if (!isOwn || (site !== undefined && site !== 'same-origin')) throw new Problem('wrong-origin');
}

/** The user of a route that needs a login. */
export function userOf(request: FastifyRequest): User {
  if (request.user === null) throw new Problem('not-logged-in');
  return request.user;
}

/** The login of a route that needs one. */
export function loginOf(request: FastifyRequest): ActiveLogin {
  if (request.login === null) throw new Problem('not-logged-in');
  return request.login;
}

export function askerOf(request: FastifyRequest): Asker {
  const actor = actorOf(userOf(request));
  const { accessToken, ip } = request;
  return { actor: accessToken === null ? actor : `${actor} with token ${accessToken}`, origin: ip };
}
