/** A real OpenID provider on loopback for tests, at which everybody who is known is logged in without being asked. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import { z } from 'zod';
import { CALLBACK_PATH } from '../single-sign-on.ts';

export const CLIENT_ID = 'remoteconnect-cloud';
const CLIENT_SECRET = 'a secret between the cloud and its provider';

/** Claims of a person besides `sub`. */
export type Person = Readonly<Record<string, unknown>>;

export interface TestProvider {
  readonly issuer: string;
  /** By `sub`. */
  readonly people: Map<string, Person>;
  /** `sub` of the person who sits at the browser. */
  atTheBrowser: string;
  /** How that person is authenticated. */
  amr: string[];
  writeSecret(file: string): Promise<void>;
  close(): Promise<void>;
}

export async function startTestProvider(cloudOrigin: string): Promise<TestProvider> {
  let provider: Provider | null = null;
  const server = createServer((incoming, outgoing) => {
    if (provider === null) throw new Error('the provider is not made yet');
    if (incoming.url?.startsWith('/interaction/') === true) void logIn(provider, incoming, outgoing);
    else void provider.callback()(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const test: TestProvider = {
    issuer: `http://127.0.0.1:${port}`,
    people: new Map(),
    atTheBrowser: '',
    amr: ['pwd'],
    writeSecret: (file) => writeFile(file, `${CLIENT_SECRET}\n`, { mode: 0o600 }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  provider = new Provider(test.issuer, {
    clients: [
      { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [`${cloudOrigin}${CALLBACK_PATH}`] },
    ],
    jwks: { keys: [{ ...key, kty: 'RSA', use: 'sig', kid: 'test' }] },
    cookies: { keys: ['only a test'] },
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...test.people.get(sub) }) }),
    // Nobody is asked whether the cloud may know them.
    loadExistingGrant: async ({ oidc: { client, session, provider: from } }) => {
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new from.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });

  async function logIn(from: Provider, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const login = { accountId: test.atTheBrowser, amr: test.amr, remember: false };
    await from.interactionFinished(incoming, outgoing, { login }, { mergeWithLastSubmission: false });
  }
  return test;
}

/**
 * Follows redirects at the provider as a browser does, until they lead to the cloud.
 * @returns path and query there
 */
export async function visitProvider(url: string, cloudOrigin: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = new URL(url);
  while (at.origin !== cloudOrigin) {
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    at = new URL(location, at);
  }
  return at.pathname + at.search;
}
