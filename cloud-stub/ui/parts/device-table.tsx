import { Button } from '@patternfly/react-core';
import { ExclamationTriangleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../api/contract/devices.ts';
import type { Gateway } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { addressMarks } from './address-marks.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { DataTable } from './data-table.tsx';
import { LinkButton } from './link-button.tsx';
import { ReachedAs } from './reached-as.tsx';

interface DeviceTableProps {
  readonly devices: readonly Device[];
  /** All that the user may see: the same address may stand behind another one. */
  readonly gateways: readonly Gateway[];
  readonly mayChange: boolean;
  readonly changed: () => void;
}

export function DeviceTable({ devices, gateways, mayChange, changed }: DeviceTableProps) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<Device | null>(null);
  if (devices.length === 0) return <p className="hint">{t('gateway.noDevices')}</p>;
  return (
    <>
      <DataTable aria-label={t('gateway.devicesTable')} variant="compact" gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            <Th>{t('gateway.deviceName')}</Th>
            <Th>{t('gateway.kind')}</Th>
            <Th>{t('gateway.address')}</Th>
            <Th>{t('device.services')}</Th>
            {mayChange && <Th>{t('common.actions')}</Th>}
          </Tr>
        </Thead>
        <Tbody>
          {devices.map((device) => (
            <Tr key={device.id}>
              <Td dataLabel={t('gateway.deviceName')}>
                <DeviceName device={device} />
              </Td>
              <Td dataLabel={t('gateway.kind')}>{t(`deviceKind.${device.kind}`)}</Td>
              <Td dataLabel={t('gateway.address')}>
                <DeviceAddress device={device} gateways={gateways} />
              </Td>
              <Td dataLabel={t('device.services')}>{servicesText(device) || t('common.none')}</Td>
              {mayChange && (
                <Td dataLabel={t('common.actions')}>
                  <span className="row-actions">
                    <LinkButton
                      to={`/gateways/${device.gateway}/devices/${device.id}`}
                      variant="link"
                      isInline
                      aria-label={t('device.changeNamed', { name: device.name })}
                    >
                      {t('device.changeShort')}
                    </LinkButton>
                    <Button
                      variant="link"
                      isInline
                      isDanger
                      aria-label={t('gateway.removeDevice', { name: device.name })}
                      onClick={() => setRemoving(device)}
                    >
                      {t('gateway.remove')}
                    </Button>
                  </span>
                </Td>
              )}
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      {removing !== null && (
        <ConfirmDialog
          title={t('gateway.removeDeviceTitle', { name: removing.name })}
          body={t('gateway.removeDeviceBody')}
          confirm={t('gateway.removeDeviceConfirm')}
          act={async () => {
            await cloud.removeDevice(removing.id);
            changed();
          }}
          close={() => setRemoving(null)}
        />
      )}
    </>
  );
}

function servicesText({ services }: Device): string {
  return services.map(({ name, protocol, port }) => `${name} (${protocol.toUpperCase()} ${port})`).join(', ');
}

function DeviceName({ device: { name, link, notes } }: { readonly device: Device }) {
  return (
    <>
      {link === null ? (
        name
      ) : (
        <a href={link} target="_blank" rel="noreferrer">
          {name}
        </a>
      )}
      {notes !== '' && <span className="address-note">{notes}</span>}
    </>
  );
}

function DeviceAddress({ device, gateways }: { readonly device: Device; readonly gateways: readonly Gateway[] }) {
  const { t } = useTranslation();
  const { alsoBehind, homeNetwork } = addressMarks(device, gateways);
  const warnings = [
    ...(alsoBehind.length === 0 ? [] : [t('device.alsoBehind', { gateways: alsoBehind.join(', ') })]),
    ...(homeNetwork === null ? [] : [t('device.homeNetwork', { network: homeNetwork })]),
  ];
  return (
    <>
      <span className="mono">{device.address}</span>
      <ReachedAs address={device.address} reachedAs={device.mappedAddress ?? device.address} />
      {warnings.map((warning) => (
        <span key={warning} className="address-note">
          <ExclamationTriangleIcon className="address-warning" /> {warning}
        </span>
      ))}
    </>
  );
}
