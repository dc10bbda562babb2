import { FormSelect, FormSelectOption, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { type ProtocolChoice, portOf, type Restriction } from './release-choice.ts';

interface RestrictionFieldsProps {
  readonly id: string;
  /** The device's name, or the number of an address: the fields are named for it. */
  readonly target: string;
  readonly restriction: Restriction;
  readonly checked: boolean;
  readonly change: (restriction: Restriction) => void;
}

const PROTOCOLS: readonly ProtocolChoice[] = ['any', 'tcp', 'udp'];

export function RestrictionFields({ id, target, restriction, checked, change }: RestrictionFieldsProps) {
  const { t } = useTranslation();
  const wrong = checked && portOf(restriction) === null;
  return (
    <fieldset className="restriction" aria-label={t('release.restriction', { device: target })}>
      <label className="restriction-field" htmlFor={`${id}-protocol`}>
        <span className="restriction-label">{t('release.protocol')}</span>
        <FormSelect
          id={`${id}-protocol`}
          aria-label={t('release.protocolOf', { target })}
          value={restriction.protocol}
          onChange={(_event, chosen) =>
            change({ ...restriction, protocol: PROTOCOLS.find((protocol) => protocol === chosen) ?? 'any' })
          }
        >
          <FormSelectOption value="any" label={t('release.anyProtocol')} />
          <FormSelectOption value="tcp" label={t('release.tcp')} />
          <FormSelectOption value="udp" label={t('release.udp')} />
        </FormSelect>
      </label>
      {restriction.protocol !== 'any' && (
        <label className="restriction-field restriction-port" htmlFor={`${id}-port`}>
          <span className="restriction-label">{t('release.port')}</span>
          <TextInput
            id={`${id}-port`}
            aria-label={t('release.portOf', { target })}
            inputMode="numeric"
            placeholder={t('release.portAny')}
            value={restriction.port}
            validated={wrong ? 'error' : 'default'}
            onChange={(_event, port) => change({ ...restriction, port })}
            {...(wrong ? { 'aria-describedby': `${id}-port-help` } : {})}
          />
        </label>
      )}
      {wrong && (
        <HelperText id={`${id}-port-help`}>
          <HelperTextItem variant="error">{t('release.portWrong')}</HelperTextItem>
        </HelperText>
      )}
    </fieldset>
  );
}
