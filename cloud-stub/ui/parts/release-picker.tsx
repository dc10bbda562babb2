/** Chooses devices behind gateways, each with an optional protocol and port, and further addresses. */
import { Button, Card, CardBody, CardTitle, Checkbox, Stack, StackItem } from '@patternfly/react-core';
import { PlusCircleIcon } from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../api/contract/devices.ts';
import type { Gateway } from '../../api/contract.ts';
import { AddressRowFields } from './address-row-fields.tsx';
import { Notice } from './notice.tsx';
import { clashingAddresses, NO_RESTRICTION, type ReleaseChoice, releasesOf } from './release-choice.ts';
import { RestrictionFields } from './restriction-fields.tsx';
import { GatewayStateLabel } from './state-labels.tsx';

interface ReleasePickerProps {
  readonly gateways: readonly Gateway[];
  readonly choice: ReleaseChoice;
  readonly change: (choice: ReleaseChoice) => void;
  /** Whether wrong fields are marked already. */
  readonly checked: boolean;
}

export function ReleasePicker({ gateways, choice, change, checked }: ReleasePickerProps) {
  const { t } = useTranslation();
  const releases = releasesOf(choice, gateways);
  if (gateways.length === 0) return <Notice variant="warning" title={t('release.noGateways')} component="p" />;

  function toggle(device: Device, chosen: boolean): void {
    const { [device.id]: _dropped, ...others } = choice.devices;
    change({ ...choice, devices: chosen ? { ...others, [device.id]: NO_RESTRICTION } : others });
  }
  function addRow(): void {
    const key = Math.max(-1, ...choice.rows.map((row) => row.key)) + 1;
    const gateway = gateways[0]?.registrationId ?? '';
    change({ ...choice, rows: [...choice.rows, { ...NO_RESTRICTION, key, gateway, address: '' }] });
  }

  return (
    <Stack hasGutter component="fieldset" className="plain-fieldset" aria-label={t('release.title')}>
      <StackItem>
        <p className="hint">{t('release.hint')}</p>
        {checked && releases?.length === 0 && (
          <p className="field-error" role="alert" tabIndex={-1} data-invalid="true">
            {t('release.missing')}
          </p>
        )}
      </StackItem>
      {gateways.map((gateway) => (
        <StackItem key={gateway.registrationId}>
          <Card isCompact component="fieldset" className="release-gateway">
            <CardTitle component="legend">
              <span className="release-gateway-name">{gateway.name}</span> <GatewayStateLabel state={gateway.state} />
            </CardTitle>
            <CardBody>
              {gateway.devices.length === 0 && <p className="hint">{t('release.noDevices')}</p>}
              {gateway.devices.map((device) => {
                const restriction = choice.devices[device.id];
                return (
                  <div key={device.id} className="release-device">
                    <Checkbox
                      id={`device-${device.id}`}
                      label={device.name}
                      description={
                        <>
                          <span className="mono">{device.address}</span> · {t(`deviceKind.${device.kind}`)}
                        </>
                      }
                      isChecked={restriction !== undefined}
                      onChange={(_event, chosen) => toggle(device, chosen)}
                    />
                    {restriction !== undefined && (
                      <RestrictionFields
                        id={`device-${device.id}`}
                        target={device.name}
                        restriction={restriction}
                        checked={checked}
                        change={(changed) =>
                          change({ ...choice, devices: { ...choice.devices, [device.id]: changed } })
                        }
                      />
                    )}
                  </div>
                );
              })}
            </CardBody>
          </Card>
        </StackItem>
      ))}
      <StackItem>
        <div className="further-addresses">
          <div>
            <p className="further-title">{t('release.addresses')}</p>
            <p className="hint">{t('release.addressesHint')}</p>
          </div>
          {choice.rows.map((row, index) => (
            <AddressRowFields
              key={row.key}
              row={row}
              number={index + 1}
              gateways={gateways}
              checked={checked}
              change={(changed) =>
                change({ ...choice, rows: choice.rows.map((other) => (other.key === row.key ? changed : other)) })
              }
              remove={() => change({ ...choice, rows: choice.rows.filter((other) => other.key !== row.key) })}
            />
          ))}
          <div>
            <Button variant="link" isInline icon={<PlusCircleIcon />} onClick={addRow}>
              {t('release.addAddress')}
            </Button>
          </div>
        </div>
      </StackItem>
      {clashingAddresses(releases ?? [], gateways).map((address) => (
        <StackItem key={address}>
          <Notice variant="warning" title={t('release.clash', { address })} component="p" />
        </StackItem>
      ))}
    </Stack>
  );
}
