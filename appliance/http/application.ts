/** The AMS over HTTP (appliance/contract.ts): everything but the socket. */
import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import session from '@fastify/session';
import fastifyStatic from '@fastify/static';
import { type FastifyError, fastify } from 'fastify';
import { AmsFailure, isStorageFull } from '../errors.ts';
import { type Log, sentenceOf } from '../log.ts';
import type { KeyedCertificate } from '../tls/certificate.ts';
import { tlsSettings } from '../tls/tls-server.ts';
import { type AccessRouteOptions, addAccessRoutes } from './access-routes.ts';
import type { AmsApplication } from './ams-application.ts';
import { addGatewayRoutes, type GatewayRouteOptions } from './gateway-routes.ts';
import { COOKIE_NAME } from './login.ts';
import { requireSameOrigin } from './same-origin.ts';

export interface ApplicationOptions extends AccessRouteOptions, GatewayRouteOptions {
  /** Folder of the built page. */
  readonly page: string;
  readonly log: Log;
  readonly certificate: KeyedCertificate;
}

const BODY_LIMIT_BYTES = 16 * 1024;
const REQUEST_MILLISECONDS = 15_000;

const CONTENT_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

export async function createApplication(options: ApplicationOptions): Promise<AmsApplication> {
  const { log } = options;
  const app: AmsApplication = fastify({
    https: tlsSettings(options.certificate),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_MILLISECONDS,
    trustProxy: false,
    forceCloseConnections: true,
  });
  app.removeContentTypeParser('text/plain');
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_POLICY },
    // A self-signed address must stay reachable after its certificate has changed.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    requireSameOrigin(request);
    if (isApi(request.url)) reply.header('cache-control', 'no-store');
  });
  await app.register(cookie);
  await app.register(session, {
    // Sessions live as long as this process, and so does the key that signs their ids.
    secret: randomBytes(32).toString('base64url'),
    store: options.sessions,
    cookieName: COOKIE_NAME,
    saveUninitialized: false,
    rolling: false,
    cookie: { path: '/', secure: true, httpOnly: true, sameSite: 'strict' },
  });
  addErrorAnswers(app, log);
  addAccessRoutes(app, options);
  addGatewayRoutes(app, options);
  await app.register(fastifyStatic, {
    root: options.page,
    wildcard: true,
    dotfiles: 'deny',
    setHeaders: (reply, path) => {
      // The builder names what lies in assets/ by its content.
      const lasting = path.includes('/assets/');
      reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return app;
}

function addErrorAnswers(app: AmsApplication, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const page = (request.method === 'GET' || request.method === 'HEAD') && !isApi(request.url);
    // The page has its own addresses; a missing file with an ending is missing.
    if (page && !/\.[a-z0-9]+$/i.test(request.url.split('?', 1)[0] ?? '')) return reply.sendFile('index.html');
    const failure = new AmsFailure('not-found');
    return reply.code(failure.status).send(failure.answer);
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const failure = failureOf(error);
    if (failure.code === 'internal')
      log.error(
        { method: request.method, route: request.routeOptions.url, problem: sentenceOf(error) },
        'a request failed',
      );
    if (failure.retryAfterSeconds !== null) reply.header('retry-after', failure.retryAfterSeconds);
    return reply.code(failure.status).send(failure.answer);
  });
}

function failureOf(error: Error & { readonly statusCode?: number }): AmsFailure {
  if (error instanceof AmsFailure) return error;
  if (isStorageFull(error)) return new AmsFailure('storage-full', { cause: error });
  const { statusCode } = error;
  if (statusCode === 404 || statusCode === 403) return new AmsFailure('not-found', { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AmsFailure('invalid-request', { cause: error });
  return new AmsFailure('internal', { cause: error });
}

function isApi(url: string): boolean {
  return /^\/api(?:[/?]|$)/.test(url);
}
