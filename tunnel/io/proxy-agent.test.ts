import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { get } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHttpProxy } from '../http-proxy.ts';
import { proxyAgent, proxyProblem } from './proxy-agent.ts';

/** Refuses everybody, and keeps what they said of themselves. */
let proxy: Server;
let authorization: string | undefined;
let url: string;

beforeAll(async () => {
  proxy = createServer().on('connect', (request, socket) => {
    authorization = request.headers['proxy-authorization'];
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  url = `http://127.0.0.1:${address.port}`;
});

afterAll(() => proxy.close());

function proxyWith(credentials: { user: string; password: string }) {
  const parsed = parseHttpProxy(JSON.stringify({ url, credentials }));
  if (parsed === null) throw new Error('This is no proxy.');
  return parsed;
}

async function refusalOf(through: ReturnType<typeof proxyWith>): Promise<Error> {
  const request = get('https://relay0.example/', { agent: proxyAgent(through) });
  const [error] = await once(request, 'error');
  if (error instanceof Error) return error;
  throw new Error('The proxy let the request pass.');
}

describe('K75: the name and the password of a proxy arrive as they are', () => {
  test.each([
    ['anna', 'p@ss'],
    ['anna', 'a:b:c'],
    ['anna', 'a/b?c=d&e'],
    ['anna', '100%'],
    ['anna', '%40%zz%'],
    ['anna', '#1 password'],
    ['anna', 'schlüssel-für-ß'],
    ['anna', ' leading and trailing '],
    ['anna', '"quoted" \\ back\\slash'],
    ['anna', '密码🔑'],
    ['PLANT\\anna', 'secret'],
    ['änne@example.com', '+plus+and space'],
  ])('%s / %s', async (user, password) => {
    const through = proxyWith({ user, password });
    const problem = proxyProblem(through, await refusalOf(through));
    const [scheme, encoded = ''] = authorization?.split(' ') ?? [];
    expect(scheme).toBe('Basic');
    expect(Buffer.from(encoded, 'base64').toString('utf8')).toBe(`${user}:${password}`);
    expect(problem?.code).toBe('proxy-authentication');
    expect(problem?.sentence).toContain(`refuses the user "${user}"`);
    expect(problem?.sentence).not.toContain(password);
  });
});
