/** A computer with more than its network card: which of its addresses the client offers for the direct path. */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addNamespace, cable, inNamespace, ip, removeNamespaces } from './grid/namespaces.ts';

const PREFIX = 'off';
const [COMPUTER, ROUTER] = [`${PREFIX}-computer`, `${PREFIX}-router`];
/** The tunnel's own, another VPN's, a bridge to containers, the card. */
const INTERFACES = [`${PREFIX}-own`, `${PREFIX}-vpn`, 'docker0', 'eth0'];
const PROGRAM = join(import.meta.dirname, 'offered-addresses-program.ts');

beforeAll(async () => {
  await removeNamespaces(PREFIX);
  await Promise.all([COMPUTER, ROUTER].map(addNamespace));
  await cable(
    { namespace: COMPUTER, device: 'eth0', addresses: ['198.51.100.7/24'] },
    { namespace: ROUTER, device: 'eth0', addresses: ['198.51.100.1/24'] },
  );
  await ip(
    COMPUTER,
    'link add docker0 type bridge',
    'address add 172.17.0.1/16 dev docker0',
    'address add fd00:17::1/64 dev docker0 nodad',
    'link set docker0 up',
  );
});

afterAll(() => removeNamespaces(PREFIX));

test("T2: the card's address is offered; those of the tunnel, of another VPN and of a bridge to containers are not", async () => {
  const offered: unknown = JSON.parse(await inNamespace(COMPUTER, execPath, PROGRAM, ...INTERFACES));
  // What is not offered may still be the way out of its family: STUN servers are asked there too.
  expect(offered).toEqual({ IPv4: ['198.51.100.7'], IPv6: [] });
});
