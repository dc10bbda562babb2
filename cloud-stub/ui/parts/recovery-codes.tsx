/** Recovery codes, which are shown this once. */
import { Button, Content, Flex, Stack, StackItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy-button.tsx';
import { Notice } from './notice.tsx';

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly done: () => void;
}

export function RecoveryCodesShown({ codes, done }: RecoveryCodesProps) {
  const { t } = useTranslation();
  return (
    <Stack hasGutter>
      <StackItem>
        <Notice variant="warning" title={t('secondFactor.codesTitle')} component="h2">
          {t('secondFactor.codesBody')}
        </Notice>
      </StackItem>
      <StackItem>
        <Content component="ul" className="recovery-codes mono" aria-label={t('secondFactor.codes')}>
          {codes.map((code) => (
            <Content component="li" key={code}>
              {code}
            </Content>
          ))}
        </Content>
      </StackItem>
      <StackItem>
        <Flex gap={{ default: 'gapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
          <Button onClick={done}>{t('secondFactor.codesKept')}</Button>
          <CopyButton text={codes.join('\n')} label={t('secondFactor.codesCopy')} />
        </Flex>
      </StackItem>
    </Stack>
  );
}
