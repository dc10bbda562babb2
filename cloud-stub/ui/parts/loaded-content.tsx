/** Waits for something loaded, tells why it did not come, or shows it. */
import { Bullseye, Button, Spinner, Stack, StackItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Loaded } from '../cloud/use-loaded.ts';
import { unreachable } from '../unreachable.ts';
import { Problem } from './problem.tsx';

interface LoadedContentProps<Value> {
  readonly loaded: Loaded<Value>;
  readonly reload: () => void;
  readonly children: (value: Value) => ReactNode;
}

export function LoadedContent<Value>({ loaded, reload, children }: LoadedContentProps<Value>): ReactNode {
  const { t } = useTranslation();
  switch (loaded.state) {
    case 'loading':
      return (
        <Bullseye className="loading">
          <Spinner aria-label={t('common.loading')} />
        </Bullseye>
      );
    case 'failed':
      return (
        <Stack hasGutter>
          <StackItem>
            <Problem error={loaded.error} />
          </StackItem>
          <StackItem>
            <Button variant="secondary" onClick={reload}>
              {t('common.retry')}
            </Button>
          </StackItem>
        </Stack>
      );
    case 'loaded':
      return children(loaded.value);
    default:
      return unreachable(loaded);
  }
}
