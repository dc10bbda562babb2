import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { listen } from '../../listen.ts';
import { createAuthority, issueHostCertificate } from '../../pki/x509.ts';
import type { HubListener } from '../hub.ts';
import { createHubEmulator, type HubListen } from './hub-emulator.ts';
import { GATEWAY, MemoryStorage, newCertificatePem } from './testing.ts';

const listener: HubListener = {
  connectionChanged: async () => undefined,
  reported: async () => undefined,
  telemetry: async () => undefined,
};

let certificate: HubListen['certificate'];
let occupied: Server;
let occupiedPort: number;

beforeAll(async () => {
  const now = new Date();
  const { certificatePem, keyPem } = await issueHostCertificate(await createAuthority(now), 'hub.example', now);
  certificate = { certPem: certificatePem, keyPem };
});
beforeEach(async () => {
  occupied = createServer();
  occupiedPort = await listen(occupied, 'the other program', '127.0.0.1', 0);
});
afterEach(() => new Promise((resolve) => occupied.close(resolve)));

const listenOn = (port: number): HubListen => ({ host: 'hub.example', port, address: '127.0.0.1', certificate });

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, 'a probe', '127.0.0.1', 0);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function emulator(ports: { dps?: number; hub?: number } = {}) {
  return createHubEmulator({
    idScope: '0ne0000A1B2',
    dps: listenOn(ports.dps ?? 0),
    hub: listenOn(ports.hub ?? 0),
    storage: new MemoryStorage(),
    log: pino({ level: 'silent' }),
  });
}

test('an occupied port is told with what to do, and the other port is closed again', async () => {
  const hubPort = await freePort();
  await expect(emulator({ dps: occupiedPort, hub: hubPort }).start(listener)).rejects.toThrow(
    /DPS\) cannot listen on 127\.0\.0\.1 port \d+ \(EADDRINUSE\)\. Another program uses this port/,
  );
  await expect(emulator({ hub: occupiedPort }).start(listener)).rejects.toThrow(/The IoT Hub cannot listen/);
  const hub = emulator({ hub: hubPort });
  await hub.start(listener);
  await hub.stop();
});

test('C8: what is not a certificate, or is that of another gateway, is not enrolled', async () => {
  const hub = emulator();
  await expect(hub.enroll(GATEWAY, 'nonsense')).rejects.toMatchObject({ code: 'certificate-invalid' });
  await expect(hub.enroll(GATEWAY, await newCertificatePem('gw-2'))).rejects.toMatchObject({
    code: 'certificate-of-another-device',
  });
});

test('C8: a gateway that is not enrolled cannot be configured', async () => {
  const configuration = { tunnelAddress: '100.64.0.1', relays: [], stunServers: [], sessions: {} };
  await expect(emulator().setDesired(GATEWAY, configuration)).rejects.toMatchObject({ code: 'not-enrolled' });
});

test('C3: a configuration that does not fit into a twin is refused, and the former stays', async () => {
  const hub = emulator();
  await hub.enroll(GATEWAY, await newCertificatePem(GATEWAY));
  const relay = { name: 'relay0', region: 'c-us', host: `${'x'.repeat(60)}.example`, port: 443 } as const;
  const tooLarge = {
    tunnelAddress: '100.64.0.1',
    relays: Array.from({ length: 400 }, () => relay),
    stunServers: [],
    sessions: {},
  };
  await expect(hub.setDesired(GATEWAY, tooLarge)).rejects.toMatchObject({ code: 'twin-too-large' });
  await hub.setDesired(GATEWAY, { ...tooLarge, relays: [relay] });
});

test('a peer that connects and says nothing does not hold up the end', async () => {
  const ports = { dps: await freePort(), hub: await freePort() };
  const hub = emulator(ports);
  await hub.start(listener);
  const silent = [connect(ports.dps, '127.0.0.1'), connect(ports.hub, '127.0.0.1')];
  const closed = silent.map((socket) => once(socket, 'close'));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await hub.stop();
  await Promise.all(closed);
});
