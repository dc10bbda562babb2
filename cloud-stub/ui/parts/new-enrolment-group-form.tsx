import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newEnrolmentGroup } from '../../api/contract/enrolment.ts';
import { enrolment } from '../cloud/enrolment.ts';
import { useAction } from '../cloud/use-action.ts';
import { inspectCertificate } from './certificate-text.ts';
import { TextAreaField, TextField } from './form-fields.tsx';
import { Problem } from './problem.tsx';
import { useCheckedForm } from './use-checked-form.ts';

const CERTIFICATE_SENTENCE = {
  'private-key': 'newGateway.privateKey',
  'something-else': 'newGateway.certificateWrong',
} as const;

export function NewEnrolmentGroupForm({ added }: { readonly added: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [certificate, setCertificate] = useState('');
  const [addedName, setAddedName] = useState<string | null>(null);
  const action = useAction();
  const inspected = inspectCertificate(certificate);
  const form = useCheckedForm(
    {
      name: newEnrolmentGroup.shape.name.safeParse(name).success ? null : t('enrolment.nameWrong'),
      certificate: inspected === 'certificate' ? null : t(CERTIFICATE_SENTENCE[inspected]),
    },
    () =>
      action.run(async () => {
        const group = await enrolment.addGroup({ name: name.trim(), certificate: `${certificate.trim()}\n` });
        setName('');
        setCertificate('');
        setAddedName(group.name);
        added();
      }),
  );
  return (
    <Form noValidate onSubmit={form.submit} aria-label={t('enrolment.add')} isWidthLimited>
      <TextField
        id="group-name"
        label={t('enrolment.name')}
        required
        value={name}
        change={setName}
        error={form.error('name')}
      />
      <TextAreaField
        id="group-certificate"
        label={t('enrolment.certificate')}
        hint={t('enrolment.certificateHint')}
        required
        mono
        rows={8}
        value={certificate}
        change={setCertificate}
        error={inspected === 'private-key' ? t('newGateway.privateKey') : form.error('certificate')}
      />
      <Problem error={action.error} />
      <output>{addedName !== null && t('enrolment.added', { name: addedName })}</output>
      <ActionGroup>
        <Button type="submit" isLoading={action.running} isDisabled={action.running}>
          {t('enrolment.submit')}
        </Button>
      </ActionGroup>
    </Form>
  );
}
