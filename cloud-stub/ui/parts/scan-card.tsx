/** Looks for devices behind a gateway, and takes over what was found. */

import { type ScannedHost, WELL_KNOWN_PORTS } from '@edgegateway/protocol/plant-scan';
import { Button, Card, CardBody, CardTitle, Spinner, Stack, StackItem } from '@patternfly/react-core';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';
import type { NewDevice } from '../../api/contract/devices.ts';
import type { GatewayScan } from '../../api/contract/plant-scans.ts';
import type { Gateway } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { plantScans } from '../cloud/plant-scans.ts';
import { useAction } from '../cloud/use-action.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { DataTable } from './data-table.tsx';
import { Notice } from './notice.tsx';
import { Problem } from './problem.tsx';

interface ScanCardProps {
  readonly gateway: Gateway;
  readonly changed: () => void;
}

export function ScanCard({ gateway, changed }: ScanCardProps) {
  const { t } = useTranslation();
  const { registrationId } = gateway;
  const { loaded, reload } = useLoaded(`scan-${registrationId}`, ['gateways'], (signal) =>
    plantScans.last(registrationId, signal),
  );
  const action = useAction();
  const scan = loaded.state === 'loaded' ? loaded.value : null;
  const running = action.running || scan?.state === 'running';
  async function ask(): Promise<void> {
    const asked = await action.run(async () => {
      await plantScans.ask(registrationId);
    });
    if (asked) reload();
  }
  return (
    <Card>
      <CardTitle component="h2">{t('scan.title')}</CardTitle>
      <CardBody>
        <Stack hasGutter>
          <StackItem>
            <p className="hint">{t('scan.hint')}</p>
          </StackItem>
          <StackItem>
            <Button variant="secondary" isDisabled={running || gateway.state !== 'online'} onClick={() => void ask()}>
              {t('scan.ask')}
            </Button>
          </StackItem>
          <StackItem>
            <Problem error={action.error} />
            <output>{running && <Searching />}</output>
          </StackItem>
          {scan !== null && !running && (
            <StackItem>
              <ScanOutcome scan={scan} gateway={gateway} changed={changed} />
            </StackItem>
          )}
        </Stack>
      </CardBody>
    </Card>
  );
}

function Searching() {
  const { t } = useTranslation();
  return (
    <>
      <Spinner size="md" aria-hidden /> {t('scan.running')}
    </>
  );
}

interface ScanOutcomeProps extends ScanCardProps {
  readonly scan: GatewayScan;
}

function ScanOutcome({ scan, gateway, changed }: ScanOutcomeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const action = useAction();
  const { state, result } = scan;
  if (state === 'running') return null;
  if (state !== 'done') return <Notice variant="warning" title={t(`scan.state.${state}`)} component="p" />;
  if (result === null) return null;
  return (
    <>
      <p>
        {t('scan.found', { count: result.hosts.length, at: format.time(result.finishedAt) })}
        {result.skipped.length > 0 && ` ${t('scan.skipped', { networks: result.skipped.join(', ') })}`}
      </p>
      <Problem error={action.error} />
      {result.hosts.length > 0 && (
        <DataTable aria-label={t('scan.table')} variant="compact" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              <Th>{t('gateway.address')}</Th>
              <Th>{t('scan.mac')}</Th>
              <Th>{t('device.services')}</Th>
              <Th>{t('common.actions')}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {result.hosts.map((host) => {
              const known = gateway.devices.find(({ address }) => address === host.address);
              return (
                <Tr key={host.address}>
                  <Td dataLabel={t('gateway.address')}>
                    <span className="mono">{host.address}</span>
                  </Td>
                  <Td dataLabel={t('scan.mac')}>
                    <span className="mono">{host.mac}</span>
                  </Td>
                  <Td dataLabel={t('device.services')}>{servicesText(host) || t('common.none')}</Td>
                  <Td dataLabel={t('common.actions')}>
                    {known === undefined ? (
                      <Button
                        variant="link"
                        isInline
                        isDisabled={action.running}
                        aria-label={t('scan.addNamed', { address: host.address })}
                        onClick={() =>
                          void action.run(async () => {
                            await cloud.addDevice(gateway.registrationId, deviceFrom(host, t('scan.newName', host)));
                            changed();
                          })
                        }
                      >
                        {t('scan.add')}
                      </Button>
                    ) : (
                      t('scan.known', { name: known.name })
                    )}
                  </Td>
                </Tr>
              );
            })}
          </Tbody>
        </DataTable>
      )}
    </>
  );
}

function servicesText({ openPorts }: ScannedHost): string {
  return openPorts.map((port) => `${WELL_KNOWN_PORTS[port] ?? 'TCP'} (${port})`).join(', ');
}

/** With what is known of the host; its name and kind can be changed afterwards. */
function deviceFrom({ address, openPorts }: ScannedHost, name: string): NewDevice {
  const services = openPorts.map((port) => ({
    name: WELL_KNOWN_PORTS[port] ?? `TCP ${port}`,
    protocol: 'tcp' as const,
    port,
  }));
  return { name, kind: 'other', address, services, notes: '', link: null, isMapped: false };
}
