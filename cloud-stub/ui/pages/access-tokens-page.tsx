import { Button, Card, CardBody, CardTitle, Content, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessToken, IssuedToken } from '../../api/contract/access-tokens.ts';
import { accessTokens } from '../cloud/access-tokens.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { NewTokenForm } from '../parts/new-token-form.tsx';
import { PageHeader } from '../parts/page-header.tsx';

export function AccessTokensPage() {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded('access-tokens', [], accessTokens.list);
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  return (
    <>
      <PageHeader title={t('accessTokens.title')} intro={t('accessTokens.intro')} />
      <PageSection isWidthLimited isFilled>
        <Stack hasGutter>
          <StackItem>
            {issued === null ? (
              <NewTokenForm
                issued={(token) => {
                  setIssued(token);
                  reload();
                }}
              />
            ) : (
              <ShownToken issued={issued} done={() => setIssued(null)} />
            )}
          </StackItem>
          <StackItem>
            <LoadedContent loaded={loaded} reload={reload}>
              {(tokens) => <TokenTable tokens={tokens} changed={reload} />}
            </LoadedContent>
          </StackItem>
        </Stack>
      </PageSection>
    </>
  );
}

function ShownToken({ issued, done }: { readonly issued: IssuedToken; readonly done: () => void }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Card>
      <CardTitle>
        <h2 tabIndex={-1} ref={heading}>
          {t('accessTokens.doneTitle', { name: issued.details.name })}
        </h2>
      </CardTitle>
      <CardBody>
        <Content component="p">{t('accessTokens.doneBody')}</Content>
        <p className="access-token">
          <output className="mono" aria-label={t('accessTokens.token')}>
            {issued.token}
          </output>
        </p>
        <CopyButton text={issued.token} label={t('accessTokens.copy')} />
        <Button variant="link" onClick={done}>
          {t('accessTokens.done')}
        </Button>
      </CardBody>
    </Card>
  );
}

function TokenTable({ tokens, changed }: { readonly tokens: readonly AccessToken[]; readonly changed: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [revoking, setRevoking] = useState<AccessToken | null>(null);
  if (tokens.length === 0) return <Content component="p">{t('accessTokens.none')}</Content>;
  return (
    <>
      <DataTable aria-label={t('accessTokens.table')} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('common.name')}</Th>
            <Th>{t('accessTokens.prefix')}</Th>
            <Th>{t('accessTokens.scopes')}</Th>
            <Th>{t('accessTokens.expires')}</Th>
            <Th>{t('accessTokens.lastUsed')}</Th>
            <Th>{t('common.actions')}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {tokens.map((token) => (
            <Tr key={token.id}>
              <Td dataLabel={t('common.name')}>{token.name}</Td>
              <Td dataLabel={t('accessTokens.prefix')}>
                <span className="mono">{token.prefix}…</span>
              </Td>
              <Td dataLabel={t('accessTokens.scopes')}>{token.scopes.join(', ')}</Td>
              <Td dataLabel={t('accessTokens.expires')}>{format.time(token.expiresAt)}</Td>
              <Td dataLabel={t('accessTokens.lastUsed')}>
                {token.lastUsedAt === null ? t('accessTokens.never') : format.time(token.lastUsedAt)}
              </Td>
              <Td dataLabel={t('common.actions')}>
                <Button
                  variant="link"
                  isInline
                  isDanger
                  aria-label={t('accessTokens.revokeToken', { name: token.name })}
                  onClick={() => setRevoking(token)}
                >
                  {t('accessTokens.revoke')}
                </Button>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      {revoking !== null && (
        <ConfirmDialog
          title={t('accessTokens.revokeTitle', { name: revoking.name })}
          body={t('accessTokens.revokeBody')}
          confirm={t('accessTokens.revoke')}
          act={async () => {
            await accessTokens.revoke(revoking.id);
            changed();
          }}
          close={() => setRevoking(null)}
        />
      )}
    </>
  );
}
