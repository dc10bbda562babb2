/** The only page of a login that has to set up a second factor first. */
import { Button, Content, Stack, StackItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { cloud } from '../cloud/cloud.ts';
import { useLogin } from '../cloud/login-context.tsx';
import { useAction } from '../cloud/use-action.ts';
import { EnrolSecondFactor } from '../parts/enrol-second-factor.tsx';
import { Entrance } from '../parts/entrance.tsx';
import { Problem } from '../parts/problem.tsx';

export function EnrolPage() {
  const { t } = useTranslation();
  const { ask, left } = useLogin();
  const logout = useAction();
  return (
    <Entrance title={t('secondFactor.enrolTitle')}>
      <Stack hasGutter>
        <StackItem>
          <Content component="p">{t('secondFactor.enrolIntro')}</Content>
        </StackItem>
        <StackItem>
          <EnrolSecondFactor password={null} done={ask} />
        </StackItem>
        <StackItem>
          <Problem error={logout.error} />
          <Button
            variant="link"
            isInline
            isDisabled={logout.running}
            onClick={() =>
              void logout.run(async () => {
                await cloud.logout();
                left();
              })
            }
          >
            {t('frame.logout')}
          </Button>
        </StackItem>
      </Stack>
    </Entrance>
  );
}
