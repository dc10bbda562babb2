import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatClientLink } from '@edgegateway/protocol/client-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientError } from '../core/errors.ts';
import { readArguments } from './arguments.ts';

const LINK = formatClientLink({ cloud: 'cloud.example', ticket: 'a'.repeat(43) });

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-'));
});

afterAll(() => rm(directory, { recursive: true }));

function codeOf(argv: readonly string[]): string {
  try {
    readArguments(argv);
    return 'accepted';
  } catch (error) {
    return error instanceof ClientError ? error.code : String(error);
  }
}

test('W4: a link of the configured cloud is accepted, with its ticket and authority', async () => {
  const ca = join(directory, 'ca.pem');
  await writeFile(ca, 'an authority');
  expect(readArguments(['open', LINK, '--cloud', 'CLOUD.example:443', '--ca', ca, '--interface', 'rc-test'])).toEqual({
    link: { cloud: 'cloud.example', ticket: 'a'.repeat(43) },
    cloud: { authority: 'CLOUD.example:443', caPem: 'an authority', proxy: null },
    policy: 'direct-preferred',
    interfaceName: 'rc-test',
  });
});

test("K19: the dot that ends the cloud's name is no part of it", () => {
  expect(readArguments(['open', LINK, '--cloud', 'cloud.example.:443']).cloud.authority).toBe('cloud.example:443');
});

test('the way of the packets can be held to the relay, and the cloud lie behind a proxy', async () => {
  const file = join(directory, 'proxy');
  await writeFile(file, 'http://proxy.example:3128', { mode: 0o600 });
  const read = readArguments(['open', LINK, '--cloud', 'cloud.example', '--path', 'relay-only', '--proxy-file', file]);
  expect(read.policy).toBe('relay-only');
  expect(read.cloud.proxy).toEqual({ url: 'http://proxy.example:3128/', credentials: null });
});

test('a link of another cloud is refused, whatever web page it came from', () => {
  expect(codeOf(['open', LINK, '--cloud', 'other.example'])).toBe('link-of-another-cloud');
  expect(codeOf(['open', LINK, '--cloud', 'cloud.example:8443'])).toBe('link-of-another-cloud');
});

test('a wrong command line names the usage', () => {
  expect(codeOf([])).toBe('usage');
  expect(codeOf(['open', LINK])).toBe('usage');
  expect(codeOf(['shut', LINK, '--cloud', 'cloud.example'])).toBe('usage');
  expect(codeOf(['open', LINK, 'more', '--cloud', 'cloud.example'])).toBe('usage');
  expect(codeOf(['open', LINK, '--cloud', 'cloud.example', '--unknown'])).toBe('usage');
  expect(codeOf(['open', LINK, '--cloud', 'cloud.example', '--interface', 'a name; with more'])).toBe('usage');
  expect(codeOf(['open', LINK, '--cloud', 'cloud.example', '--path', 'direct-only'])).toBe('usage');
});

test('an authority file that cannot be read is an error: no other trust takes its place', () => {
  expect(codeOf(['open', LINK, '--cloud', 'cloud.example', '--ca', join(directory, 'none')])).toBe('ca-unreadable');
});

test('any text in place of a link is refused with our own error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.constant(`${LINK}&ticket=b`)), (text) => {
      expect(codeOf(['open', '--cloud', 'cloud.example', '--', text])).toMatch(/^(link-invalid|usage)$/);
    }),
  );
});
