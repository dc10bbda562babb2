/**
 * Program of the benchmark `hub-scale`: the whole cloud with its embedded store and the hub emulator, told over the IPC
 * channel of node:child_process what to do. Throttles are out of the way: the figures are ours, not Azure's.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Cloud } from '@edgegateway/cloud-stub/api/cloud';
import { cloudConfiguration } from '@edgegateway/cloud-stub/configuration';
import { createHubEmulator } from '@edgegateway/cloud-stub/hub/emulator/hub-emulator';
import { ensurePki } from '@edgegateway/cloud-stub/pki/pki';
import { hubStorage } from '@edgegateway/cloud-stub/store/hub-storage';
import { openStore } from '@edgegateway/cloud-stub/store/open-store';
import { gatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import { pino } from 'pino';
import { z } from 'zod';

const UNTHROTTLED = { connects: 1e6, messages: 1e6, twinReads: 1e6, twinUpdates: 1e6 };

const cloudProgramSettings = z.strictObject({
  configuration: cloudConfiguration,
  gateways: z.array(z.strictObject({ registrationId: z.string(), certificatePem: z.string() })),
});

/** The desired properties that a gateway is to have now. */
const cloudProgramOrder = z.strictObject({ registrationId: z.string(), configuration: gatewayConfiguration });

async function main(file: string): Promise<void> {
  const { configuration, gateways } = cloudProgramSettings.parse(JSON.parse(readFileSync(file, 'utf8')));
  const log = pino({ level: 'warn' });
  const store = await openStore(configuration);
  await store.write((writer) =>
    writer
      .insertInto('gateways')
      .values(
        gateways.map(({ registrationId, certificatePem }, at) => ({
          registration_id: registrationId,
          name: registrationId,
          certificate: certificatePem,
          tunnel_address: `100.64.${Math.floor(at / 250)}.${(at % 250) + 1}`,
          created_at: new Date().toISOString(),
          last_seen_at: null,
          report: null,
        })),
      )
      .execute(),
  );
  const pki = await ensurePki(configuration);
  const { dps, hub, web, idScope } = configuration;
  if ('kind' in hub) throw new Error('this is about the emulator');
  const emulator = createHubEmulator({
    idScope,
    dps: { ...dps, certificate: pki.certificateFor(dps.host) },
    hub: { ...hub, certificate: pki.certificateFor(hub.host) },
    storage: hubStorage(store),
    throttles: UNTHROTTLED,
    log,
  });
  const cloud = await Cloud.create({
    ...{ configuration, store, log, enrolled: [], ui: null, hub: emulator },
    relayTokenPrivateKey: pki.relayTokenPrivateKey,
    auditKey: pki.auditKey,
    certificate: pki.certificateFor(web.host),
  });
  await cloud.start();
  process.on('message', (message) => {
    const { registrationId, configuration: desired } = cloudProgramOrder.parse(message);
    void emulator.setDesired(registrationId, desired);
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

if (process.argv[2] !== undefined) await main(process.argv[2]);
