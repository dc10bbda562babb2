/**
 * Sends one request to an AMS from inside the namespace it runs in, and prints one JSON line: `answer` of plant-ams.ts.
 * The served certificate is not checked but told. On the standard input stand a line with the cookie, which may be empty,
 * and the body, if there is one.
 *
 *     node ams-request-program.ts ADDRESS METHOD PATH
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';

const [host, method, path] = process.argv.slice(2);
if (host === undefined || method === undefined || path === undefined)
  throw new Error('usage: ams-request-program.ts ADDRESS METHOD PATH');

const [cookie = '', ...lines] = (await text(stdin)).split('\n');
const body = lines.join('\n');

const headers = {
  origin: `https://${host}`,
  ...(cookie === '' ? {} : { cookie }),
  ...(body === '' ? {} : { 'content-type': 'application/json' }),
};
const sent = request({ host, method, path, headers, rejectUnauthorized: false, agent: false });
const answered = once(sent, 'response');
sent.end(body);
const [answer] = await answered;
if (!(answer instanceof IncomingMessage && answer.socket instanceof TLSSocket)) throw new Error('this is no HTTPS');
console.log(
  JSON.stringify({
    status: answer.statusCode,
    fingerprint: new X509Certificate(answer.socket.getPeerCertificate().raw).fingerprint256,
    cookie: answer.headers['set-cookie']?.[0]?.split(';')[0],
    body: await text(answer),
  }),
);
