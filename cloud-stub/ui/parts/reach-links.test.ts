import { expect, it } from 'vitest';
import { reachLinks } from './reach-links.ts';

it.each([
  [{ address: '10.0.0.1' }, ['http://10.0.0.1', 'https://10.0.0.1']],
  [{ address: '10.0.0.1', protocol: 'tcp' }, ['http://10.0.0.1', 'https://10.0.0.1']],
  [{ address: '10.0.0.1', protocol: 'tcp', port: 80 }, ['http://10.0.0.1']],
  [{ address: '10.0.0.1', protocol: 'tcp', port: 8443 }, ['https://10.0.0.1:8443']],
  [{ address: '10.0.0.1', protocol: 'tcp', port: 22 }, ['ssh://10.0.0.1']],
  [{ address: '10.0.0.1', protocol: 'tcp', port: 502 }, []],
  [{ address: '10.0.0.1', protocol: 'udp', port: 80 }, []],
] as const)('C9: %j is opened by %j', (target, links) => {
  expect(reachLinks(target)).toEqual(links);
});
