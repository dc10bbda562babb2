import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listen, listenError } from './listen.ts';

test.each([
  ['EADDRINUSE', /Another program uses this port/],
  ['EACCES', /Ports below 1024 need a privilege/],
  ['EADDRNOTAVAIL', /No network interface has this address/],
  ['EMFILE', /too many open files/],
])('a port that cannot be opened (%s) is told with what to do', (code, remedy) => {
  const error = listenError('The relay', '127.0.0.1', 443, Object.assign(new Error('too many open files'), { code }));
  expect(error.message).toMatch(`The relay cannot listen on 127.0.0.1 port 443 (${code}).`);
  expect(error.message).toMatch(remedy);
});

test('a server that listens survives a connection that cannot be accepted', async () => {
  const server = createServer();
  const port = await listen(server, 'The relay', '127.0.0.1', 0);
  server.emit('error', new Error('accept EMFILE'));
  await expect(listen(createServer(), 'Another', '127.0.0.1', port)).rejects.toThrow(/EADDRINUSE/);
  await new Promise((resolve) => server.close(resolve));
});
