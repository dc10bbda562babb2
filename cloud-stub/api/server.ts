/** The cloud's HTTP application: the web interface, its API and the client's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { HostCertificate } from '../pki/pki.ts';
import { NOT_STORABLE, unstorableField } from '../store/storable-text.ts';
import { guardRoutes } from './access.ts';
import type { CloudMetrics } from './cloud-metrics.ts';
import { withoutVersion } from './contract/version.ts';
import { PROBLEM_TYPE, Problem, problemDetails } from './errors.ts';
import { describeRoutes } from './openapi/describe-routes.ts';
import { docsRoutes } from './openapi/docs-routes.ts';
import type { SharedHub } from './processes/shared-hub.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { gatewayRoutes, userRoutes } from './routes/administration-routes.ts';
import { changeRoutes } from './routes/change-routes.ts';
import { clientRoutes } from './routes/client-routes.ts';
import { deviceRoutes } from './routes/device-routes.ts';
import { enrolmentRoutes } from './routes/enrolment-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { loginRoutes } from './routes/login-routes.ts';
import type { App, Parts } from './routes/parts.ts';
import { scanRoutes } from './routes/scan-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { sessionRuleRoutes } from './routes/session-rule-routes.ts';
import { singleSignOnRoutes } from './routes/single-sign-on-routes.ts';
import { tokenRoutes } from './routes/token-routes.ts';
import { userChangeRoutes } from './routes/user-change-routes.ts';

const BODY_LIMIT_BYTES = 256 * 1024;
const MESSAGE_LIMIT_BYTES = 1024 * 1024;
/** Of what is wrong with a request: most of it are names that the request chose. */
const DETAIL_LENGTH = 300;

export interface ServerOptions {
  readonly parts: Parts;
  readonly hub: SharedHub;
  readonly metrics: CloudMetrics;
  readonly certificate: HostCertificate;
  /** Folder of the built web interface; null serves the API alone. */
  readonly ui: string | null;
}

export async function createServer({ parts, hub, metrics, certificate, ui }: ServerOptions): Promise<App> {
  const app = fastify({
    https: { cert: certificate.certPem, key: certificate.keyPem, minVersion: 'TLSv1.2' },
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => withoutVersion(url),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler<FastifyError>((error, request, reply) => answerProblem(error, request, reply, parts));
  metrics.watchRequests(app);
  // Before the guard, which reads the cookie.
  await app.register(cookie);
  guardRoutes(app, parts.context);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(websocket, {
    options: { maxPayload: MESSAGE_LIMIT_BYTES, perMessageDeflate: false },
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control') || request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    done();
  });
  app.addHook('preValidation', ({ params, query, body }, _reply, done) => {
    const field = unstorableField(params) ?? unstorableField(query) ?? unstorableField(body);
    done(
      field === null
        ? undefined
        : new Problem('not-understood', { detail: `${field} ${NOT_STORABLE}`.trim().slice(0, DETAIL_LENGTH) }),
    );
  });
  await describeRoutes(app);
  docsRoutes(app);
  loginRoutes(app, parts);
  singleSignOnRoutes(app, parts);
  accountRoutes(app, parts);
  userRoutes(app, parts);
  userChangeRoutes(app, parts);
  gatewayRoutes(app, parts);
  deviceRoutes(app, parts);
  scanRoutes(app, parts);
  enrolmentRoutes(app, parts);
  sessionRoutes(app, parts);
  sessionRuleRoutes(app, parts);
  historyRoutes(app, parts);
  changeRoutes(app, parts);
  clientRoutes(app, parts);
  tokenRoutes(app, parts);
  healthRoutes(app, parts.context, hub);
  await servePages(app, ui);
  return app;
}

/** Every path that is neither a file nor the API's is the page: it finds its way by the address. */
async function servePages(app: App, ui: string | null): Promise<void> {
  if (ui !== null) {
    if (!existsSync(join(ui, 'index.html'))) throw new Error(`${ui} is not a built web interface. Build it first.`);
    await app.register(fastifyStatic, { root: ui, serve: false, cacheControl: false });
    const params = z.object({ '*': z.string() });
    app.get('/*', { config: { access: 'anyone' }, schema: { params } }, (request, reply) => {
      void reply.sendFile(request.params['*'] === '' ? 'index.html' : request.params['*']);
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && !/^\/(?:api|client)(?:\/|$)/.test(request.url);
    if (!isPage || ui === null) throw new Problem('not-found');
    void reply.sendFile('index.html');
  });
}

function answerProblem(
  error: FastifyError | Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: Parts,
): FastifyReply {
  const problem = error instanceof Problem ? error : problemOf(error, request, parts);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.retryAfter !== null) reply.header('retry-after', problem.retryAfter);
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(problemDetails(problem.code, problem.message, request.originalUrl));
}

function problemOf(error: FastifyError, request: FastifyRequest, { context }: Parts): Problem {
  if (error.validation !== undefined) {
    const first = error.validation[0];
    const where = first?.instancePath.replaceAll('/', ' ').trim() ?? '';
    return new Problem('not-understood', { detail: `${where} ${first?.message ?? ''}`.trim().slice(0, DETAIL_LENGTH) });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem('too-large');
  if (status >= 400 && status < 500) return new Problem('not-understood');
  context.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
  return new Problem('internal');
}
