import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHttpProxy } from './http-proxy.ts';

test('a proxy is read from JSON, with and without credentials', () => {
  const credentials = { user: 'anna', password: 'a:b@c' };
  expect(parseHttpProxy(JSON.stringify({ url: 'http://proxy.example:3128', credentials }))).toEqual({
    url: 'http://proxy.example:3128',
    credentials,
  });
  expect(parseHttpProxy('{ "url": "http://10.0.0.1:8080" }')).toEqual({
    url: 'http://10.0.0.1:8080',
    credentials: null,
  });
});

test('a proxy is read from one URL, and its credentials leave the address', () => {
  expect(parseHttpProxy('http://us%C3%A4r:p%40ss@proxy.example:3128\n')).toEqual({
    url: 'http://proxy.example:3128/',
    credentials: { user: 'usär', password: 'p@ss' },
  });
  expect(parseHttpProxy('http://proxy.example:3128')?.credentials).toBeNull();
});

test.each([
  '',
  'proxy.example:3128',
  'socks5://proxy.example',
  'https://proxy.example',
  'http://proxy.example/path',
  'http://user:%zz@proxy.example',
  'http://a%3Ab:password@proxy.example',
  'http://a:b%0Ac@proxy.example',
  '{ "url": "http://user:password@proxy.example" }',
  '{ "url": "http://proxy.example", "credentials": { "user": "a" } }',
  '{ "url": "http://proxy.example", "more": 1 }',
  '{',
])('what is no proxy is refused: %s', (text) => {
  expect(parseHttpProxy(text)).toBeNull();
});

test('any user name and password survive the way through a URL', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((text) => /^[^:\p{Cc}]+$/u.test(text));
  const password = fc.string({ maxLength: 60, unit: 'grapheme' }).filter((text) => /^\P{Cc}*$/u.test(text));
  fc.assert(
    fc.property(name, password, (user, secret) => {
      const text = `http://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@proxy.example:3128`;
      expect(parseHttpProxy(text)?.credentials).toEqual({ user, password: secret });
    }),
  );
});
