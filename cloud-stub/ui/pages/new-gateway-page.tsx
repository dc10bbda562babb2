import { ActionGroup, Button, Form, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newGateway } from '../../api/contract.ts';
import { cloud } from '../cloud/cloud.ts';
import { useAction } from '../cloud/use-action.ts';
import { inspectCertificate, LARGEST_CERTIFICATE_BYTES } from '../parts/certificate-text.ts';
import { Field, TextAreaField, TextField } from '../parts/form-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Problem } from '../parts/problem.tsx';
import { useCheckedForm } from '../parts/use-checked-form.ts';

const CERTIFICATE_SENTENCE = {
  'private-key': 'newGateway.privateKey',
  'something-else': 'newGateway.certificateWrong',
} as const;

export function NewGatewayPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [registrationId, setRegistrationId] = useState('');
  const [name, setName] = useState('');
  const [certificate, setCertificate] = useState('');
  const [tooBig, setTooBig] = useState(false);
  const action = useAction();
  const id = registrationId.trim();
  const inspected = inspectCertificate(certificate);
  const form = useCheckedForm(
    {
      registrationId: newGateway.shape.registrationId.safeParse(id).success
        ? null
        : t('newGateway.registrationIdWrong'),
      name: newGateway.shape.name.safeParse(name).success ? null : t('newGateway.nameWrong'),
      certificate: inspected === 'certificate' ? null : t(CERTIFICATE_SENTENCE[inspected]),
    },
    () =>
      action.run(async () => {
        const added = await cloud.addGateway({
          registrationId: id,
          name: name.trim(),
          certificate: `${certificate.trim()}\n`,
        });
        await navigate(`/gateways/${encodeURIComponent(added.registrationId)}`);
      }),
  );
  async function readFile(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    setTooBig(file.size > LARGEST_CERTIFICATE_BYTES);
    if (file.size <= LARGEST_CERTIFICATE_BYTES) setCertificate(await file.text());
  }
  return (
    <>
      <PageHeader title={t('newGateway.title')} crumbs={[{ to: '/gateways', text: t('gateways.title') }]} />
      <PageSection isWidthLimited isFilled>
        <Form noValidate onSubmit={form.submit} aria-label={t('newGateway.title')} isWidthLimited>
          <TextField
            id="registration-id"
            label={t('newGateway.registrationId')}
            hint={t('newGateway.registrationIdHint')}
            required
            mono
            value={registrationId}
            change={setRegistrationId}
            error={form.error('registrationId')}
          />
          <TextField
            id="gateway-name"
            label={t('newGateway.name')}
            hint={t('newGateway.nameHint')}
            required
            value={name}
            change={setName}
            error={form.error('name')}
          />
          <TextAreaField
            id="certificate"
            label={t('newGateway.certificate')}
            hint={t('newGateway.certificateHint')}
            required
            mono
            rows={8}
            value={certificate}
            change={setCertificate}
            error={inspected === 'private-key' ? t('newGateway.privateKey') : form.error('certificate')}
          />
          <Field id="certificate-file" label={t('newGateway.file')} error={tooBig ? t('newGateway.fileTooBig') : null}>
            <input
              id="certificate-file"
              type="file"
              accept=".pem,.crt,.cer"
              onChange={(event) => void readFile(event.target.files?.[0])}
            />
          </Field>
          <Problem error={action.error} />
          <ActionGroup>
            <Button type="submit" isLoading={action.running} isDisabled={action.running}>
              {t('newGateway.submit')}
            </Button>
            <LinkButton to="/gateways" variant="link">
              {t('common.cancel')}
            </LinkButton>
          </ActionGroup>
        </Form>
      </PageSection>
    </>
  );
}
