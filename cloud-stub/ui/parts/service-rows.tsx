import { Button, FormSelect, FormSelectOption, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { PlusCircleIcon } from '@patternfly/react-icons/dist/esm/icons/plus-circle-icon';
import { TrashIcon } from '@patternfly/react-icons/dist/esm/icons/trash-icon';
import { useTranslation } from 'react-i18next';
import { isServiceRight, type ServiceDraft } from './device-draft.ts';

interface ServiceRowsProps {
  readonly services: readonly ServiceDraft[];
  readonly change: (services: readonly ServiceDraft[]) => void;
  /** Whether wrong rows are marked already. */
  readonly checked: boolean;
}

export function ServiceRows({ services, change, checked }: ServiceRowsProps) {
  const { t } = useTranslation();
  function replace(changed: ServiceDraft): void {
    change(services.map((one) => (one.key === changed.key ? changed : one)));
  }
  return (
    <fieldset className="plain-fieldset service-rows">
      <legend className="further-title">{t('device.services')}</legend>
      <p className="hint">{t('device.servicesHint')}</p>
      {services.map((service, index) => (
        <ServiceRow
          key={service.key}
          service={service}
          number={index + 1}
          wrong={checked && !isServiceRight(service)}
          change={replace}
          remove={() => change(services.filter(({ key }) => key !== service.key))}
        />
      ))}
      <div>
        <Button
          variant="link"
          isInline
          icon={<PlusCircleIcon />}
          onClick={() => {
            const key = Math.max(-1, ...services.map((one) => one.key)) + 1;
            change([...services, { key, name: '', protocol: 'tcp', port: '' }]);
          }}
        >
          {t('device.addService')}
        </Button>
      </div>
    </fieldset>
  );
}

interface ServiceRowProps {
  readonly service: ServiceDraft;
  readonly number: number;
  readonly wrong: boolean;
  readonly change: (service: ServiceDraft) => void;
  readonly remove: () => void;
}

function ServiceRow({ service, number, wrong, change, remove }: ServiceRowProps) {
  const { t } = useTranslation();
  const id = `service-${service.key}`;
  const validated = wrong ? 'error' : 'default';
  return (
    <fieldset className="address-row" aria-label={t('device.service', { number })}>
      <label className="restriction-field" htmlFor={`${id}-name`}>
        <span className="restriction-label">{t('device.serviceName')}</span>
        <TextInput
          id={`${id}-name`}
          value={service.name}
          validated={validated}
          onChange={(_event, name) => change({ ...service, name })}
        />
      </label>
      <label className="restriction-field" htmlFor={`${id}-protocol`}>
        <span className="restriction-label">{t('release.protocol')}</span>
        <FormSelect
          id={`${id}-protocol`}
          value={service.protocol}
          onChange={(_event, chosen) => change({ ...service, protocol: chosen === 'udp' ? 'udp' : 'tcp' })}
        >
          <FormSelectOption value="tcp" label={t('release.tcp')} />
          <FormSelectOption value="udp" label={t('release.udp')} />
        </FormSelect>
      </label>
      <label className="restriction-field restriction-port" htmlFor={`${id}-port`}>
        <span className="restriction-label">{t('release.port')}</span>
        <TextInput
          id={`${id}-port`}
          inputMode="numeric"
          value={service.port}
          validated={validated}
          onChange={(_event, port) => change({ ...service, port })}
        />
      </label>
      <Button
        variant="plain"
        icon={<TrashIcon />}
        aria-label={t('device.removeService', { number })}
        onClick={remove}
      />
      {wrong && (
        <HelperText>
          <HelperTextItem variant="error">{t('device.serviceWrong')}</HelperTextItem>
        </HelperText>
      )}
    </fieldset>
  );
}
