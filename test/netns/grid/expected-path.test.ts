import { expect, test } from 'vitest';
import { expectedPath, type Path, whyNotDirect } from './expected-path.ts';
import { GRID_KINDS, type GridKind, NAT_KINDS } from './nat-kinds.ts';

const pathOf = (client: GridKind, gateway: GridKind): Path => expectedPath(NAT_KINDS[client], NAT_KINDS[gateway]);

const WITH_UDP = GRID_KINDS.filter((kind) => NAT_KINDS[kind].udp !== null);
const WITHOUT_UDP = GRID_KINDS.filter((kind) => NAT_KINDS[kind].udp === null);
const KEEPS_ITS_PORT = WITH_UDP.filter((kind) => NAT_KINDS[kind].udp?.mapping === 'endpoint-independent');

test('T2: two NATs that keep their outside ports are always passed', () => {
  for (const client of KEEPS_ITS_PORT)
    for (const gateway of KEEPS_ITS_PORT) expect(pathOf(client, gateway), `${client}, ${gateway}`).toBe('direct');
});

test('T2: a symmetric NAT reaches whoever does not look at ports, and nobody else', () => {
  const reached = GRID_KINDS.filter((gateway) => pathOf('symmetric', gateway) === 'direct');
  expect(reached).toEqual(['open', 'full-cone', 'address-restricted']);
});

test('T2: without UDP on one side it is the relay', () => {
  for (const client of GRID_KINDS)
    for (const gateway of WITHOUT_UDP) expect(pathOf(client, gateway), `${client}, ${gateway}`).toBe('relay');
});

test('T2: who is the client and who the gateway makes no difference', () => {
  for (const client of GRID_KINDS)
    for (const gateway of GRID_KINDS) expect(pathOf(client, gateway)).toBe(pathOf(gateway, client));
});

test('the grid has 31 direct cells of 64', () => {
  const direct = GRID_KINDS.flatMap((client) => GRID_KINDS.filter((gateway) => pathOf(client, gateway) === 'direct'));
  expect(direct.length).toBe(31);
});

test('T2: every cell that is not direct has a reason, and its mirror image the same one of the other end', () => {
  const mirrored = { client: 'gateway', gateway: 'client', both: 'both' } as const;
  for (const client of GRID_KINDS)
    for (const gateway of GRID_KINDS) {
      const reason = whyNotDirect(NAT_KINDS[client], NAT_KINDS[gateway]);
      expect(reason === null).toBe(pathOf(client, gateway) === 'direct');
      const image = reason?.replace(
        /client|gateway|both/,
        (who) => Object.entries(mirrored).find(([one]) => one === who)?.[1] ?? '',
      );
      expect(whyNotDirect(NAT_KINDS[gateway], NAT_KINDS[client])).toBe(image ?? null);
    }
});
