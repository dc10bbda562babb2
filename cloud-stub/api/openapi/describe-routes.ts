/** The OpenAPI 3.1 description of the interface, made from the routes' own schemas and rights. */
import swagger from '@fastify/swagger';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { type Access, scopeOfRoute } from '../access.ts';
import type { TokenScope } from '../contract/access-tokens.ts';
import { withVersion } from '../contract/version.ts';
import { PROBLEM_TYPE } from '../errors.ts';
import type { App } from '../routes/parts.ts';

const VERSION = '1.0.0';

/** To be called before the routes are registered. */
export async function describeRoutes(app: App): Promise<void> {
  const transform = createJsonSchemaTransform({});
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'edgeGateway remoteConnect',
        version: VERSION,
        description: `A refused request answers with problem details (${PROBLEM_TYPE}, RFC 9457) and a stable code.`,
      },
      components: {
        securitySchemes: {
          login: { type: 'apiKey', in: 'cookie', name: '__Host-remoteconnect' },
          token: { type: 'http', scheme: 'bearer', description: 'An access token.' },
        },
      },
    },
    transform: (described) => {
      const { access, tokenScope } = described.route.config ?? {};
      const { schema, url } = transform(described);
      const path = withVersion(url);
      // The pages' files are no part of the interface.
      if (!/^\/(?:api|client)\//.test(url)) return { schema: { hide: true }, url: path };
      const [, , tag = ''] = url.split('/');
      return {
        schema: {
          ...schema,
          tags: [url.startsWith('/client/') ? 'client' : tag],
          description: `Access: ${access}.`,
          security: securityOf(access, String(described.route.method), tokenScope),
        },
        url: path,
      };
    },
  });
}

function securityOf(access: Access | undefined, method: string, tokenScope: TokenScope | undefined) {
  if (access === undefined || access === 'anyone' || access === 'client') return [];
  return [{ login: [] }, ...(scopeOfRoute(access, method, tokenScope) === null ? [] : [{ token: [] }])];
}
