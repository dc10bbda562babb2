/** A way between the ends that carries packets of 1300 bytes and no larger ones: 5 MB pass both ways, direct and over the relay. */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { PACKET_BYTES } from '@edgegateway/tunnel/path/path-size';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { narrowInSilence, UNDERLAY_BYTES } from '../lab/narrow-way.ts';
import { LAB_ADDRESSES } from '../lab/network.ts';
import { SupervisedProcess } from '../lab/supervised-process.ts';
import { until } from '../lab/until.ts';
import { DirectTunnel, type PlacedRelay } from './direct-tunnel.ts';

const { machine } = LAB_ADDRESSES;
const [address] = LAB_ADDRESSES.relays;
const RELAYS: readonly PlacedRelay[] = [{ name: 'relay0', region: 'c-us', host: address, port: 443, address }];
const PROGRAM = join(import.meta.dirname, 'transfer-program.ts');
const PORT = 9000;
const BYTES = 5_000_000;
const TRANSFER_MILLISECONDS = 120_000;

interface Narrowing {
  readonly prefix: string;
  readonly narrow: (tunnel: DirectTunnel) => Promise<unknown>;
}

/** The link of the gateway is narrow, and whoever sends too large a packet is told (RFC 1191). */
async function narrowLink({ fixture }: DirectTunnel): Promise<void> {
  const { internet, gateway } = fixture.network.namespaces;
  await runCommand('ip', ['-n', gateway, 'link', 'set', 'wan0', 'mtu', String(UNDERLAY_BYTES)]);
  await runCommand('ip', ['-n', internet, 'link', 'set', 'wan', 'mtu', String(UNDERLAY_BYTES)]);
}

/** The router between all of them drops what is too large, without a word. */
const blackHole = ({ fixture }: DirectTunnel): Promise<void> => narrowInSilence(fixture.network);

describe.each<[string, Narrowing]>([
  ['a narrow link', { prefix: 'nal', narrow: narrowLink }],
  ['a way that drops larger packets without a word', { prefix: 'nab', narrow: blackHole }],
])('%s', (_, { prefix, narrow }) => {
  let tunnel: DirectTunnel;
  let server: SupervisedProcess;

  beforeAll(async () => {
    tunnel = await DirectTunnel.create(prefix, RELAYS);
    server = await SupervisedProcess.start({
      name: 'transfer',
      command: 'ip',
      argv: ['netns', 'exec', tunnel.fixture.network.namespaces.plant, execPath, PROGRAM, 'serve', String(PORT)],
      readyWhen: /^ready/,
      logDirectory: tunnel.fixture.directory,
    });
    await tunnel.untilPath('direct');
  });

  afterAll(async () => {
    await server?.stop();
    await tunnel?.close();
  });

  /** As both ends' status has it. */
  const untilSize = (bytes: number) =>
    until(`both ends send packets of ${bytes} bytes`, () =>
      (['client', 'gateway'] as const).every((end) => tunnel.sizeAt(end) === bytes),
    );

  const transfer = () =>
    runCommand(
      'ip',
      [
        ...['netns', 'exec', tunnel.fixture.network.namespaces.office, execPath, PROGRAM, 'send'],
        ...[machine, String(PORT), String(BYTES)],
      ],
      { timeoutMs: TRANSFER_MILLISECONDS },
    );

  /** All of it on the direct path: whether what is large gets lost there does not show where a relay takes over. */
  const transferDirectly = async () => {
    const before = tunnel.paths;
    expect(await transfer()).toContain('whole');
    expect(tunnel.paths).toEqual(before);
    expect(before.at(-1)).toBe('direct');
  };

  test('K02: on a wide way packets have their full size', async () => {
    await untilSize(PACKET_BYTES.full);
    expect(await transfer()).toContain('whole');
  });

  test('K02: a direct path that becomes narrow goes on with smaller packets, and 5 MB pass both ways', async () => {
    await narrow(tunnel);
    expect(await transfer()).toContain('whole');
    await tunnel.untilPath('direct');
    await untilSize(PACKET_BYTES.base);
    await transferDirectly();
  });

  test('K02: a session that begins on a narrow way finds the size, and 5 MB pass both ways', async () => {
    await tunnel.restartEnds();
    await tunnel.untilPath('direct');
    await untilSize(PACKET_BYTES.base);
    await transferDirectly();
  });

  test('K02: over the relay 5 MB pass both ways', async () => {
    await tunnel.drop(['']);
    await tunnel.untilPath('relay');
    expect(await transfer()).toContain('whole');
    expect(tunnel.paths.at(-1)).toBe('relay');
    await untilSize(PACKET_BYTES.full);
  });
});
