/** The second factor of one's own account. What changes it asks for the password first. */
import { Button, Card, CardBody, CardTitle, Content, Flex, Stack, StackItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/contract/account.ts';
import { accountCloud } from '../cloud/account-cloud.ts';
import { useFormat } from '../language/format.ts';
import { EnrolSecondFactor } from './enrol-second-factor.tsx';
import { PasswordDialog } from './password-dialog.tsx';
import { RecoveryCodesShown } from './recovery-codes.tsx';

type Asked = 'set-up' | 'codes' | 'remove';

type Shown =
  | { readonly view: 'overview'; readonly asking: Asked | null }
  | { readonly view: 'enrolling'; readonly password: string }
  | { readonly view: 'codes'; readonly codes: readonly string[] };

const OVERVIEW: Shown = { view: 'overview', asking: null };

interface SecondFactorCardProps {
  readonly factor: Account['secondFactor'];
  readonly changed: () => void;
}

export function SecondFactorCard({ factor, changed }: SecondFactorCardProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown>(OVERVIEW);
  function done(): void {
    setShown(OVERVIEW);
    changed();
  }
  /** The view that follows stands before the dialog closes. */
  async function proved(asked: Asked, password: string): Promise<void> {
    switch (asked) {
      case 'set-up':
        setShown({ view: 'enrolling', password });
        return;
      case 'codes':
        setShown({ view: 'codes', codes: (await accountCloud.renewRecoveryCodes(password)).codes });
        return;
      case 'remove':
        await accountCloud.removeSecondFactor(password);
        done();
    }
  }
  const asking = shown.view === 'overview' ? shown.asking : null;
  return (
    <Card>
      <CardTitle component="h2">{t('secondFactor.title')}</CardTitle>
      <CardBody>
        {shown.view === 'overview' && (
          <Overview factor={factor} ask={(asked) => setShown({ view: 'overview', asking: asked })} />
        )}
        {shown.view === 'enrolling' && <EnrolSecondFactor password={shown.password} done={done} />}
        {shown.view === 'codes' && <RecoveryCodesShown codes={shown.codes} done={done} />}
      </CardBody>
      {asking !== null && (
        <PasswordDialog
          title={t(`secondFactor.ask.${asking}`)}
          act={(password) => proved(asking, password)}
          close={() => setShown((now) => (now.view === 'overview' ? OVERVIEW : now))}
        />
      )}
    </Card>
  );
}

interface OverviewProps {
  readonly factor: Account['secondFactor'];
  readonly ask: (asked: Asked) => void;
}

function Overview({ factor, ask }: OverviewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (factor.since === null)
    return (
      <Stack hasGutter>
        <StackItem>
          <Content component="p">{t('secondFactor.none')}</Content>
        </StackItem>
        <StackItem>
          <Button variant="secondary" onClick={() => ask('set-up')}>
            {t('secondFactor.setUp')}
          </Button>
        </StackItem>
      </Stack>
    );
  return (
    <Stack hasGutter>
      <StackItem>
        <Content component="p">{t('secondFactor.since', { time: format.time(factor.since) })}</Content>
        <Content component="p">{t('secondFactor.codesLeft', { count: factor.recoveryCodesLeft })}</Content>
      </StackItem>
      <StackItem>
        <Flex gap={{ default: 'gapMd' }}>
          <Button variant="secondary" onClick={() => ask('codes')}>
            {t('secondFactor.ask.codes')}
          </Button>
          <Button variant="secondary" onClick={() => ask('set-up')}>
            {t('secondFactor.replace')}
          </Button>
          {!factor.isDemanded && (
            <Button variant="link" isDanger onClick={() => ask('remove')}>
              {t('secondFactor.ask.remove')}
            </Button>
          )}
        </Flex>
      </StackItem>
    </Stack>
  );
}
