import { Button, Card, CardBody, CardTitle, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EnrolmentGroup } from '../../api/contract/enrolment.ts';
import { enrolment } from '../cloud/enrolment.ts';
import { useLoaded } from '../cloud/use-loaded.ts';
import { useFormat } from '../language/format.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { LoadedContent } from '../parts/loaded-content.tsx';
import { NewEnrolmentGroupForm } from '../parts/new-enrolment-group-form.tsx';
import { PageHeader } from '../parts/page-header.tsx';

export function EnrolmentGroupsPage() {
  const { t } = useTranslation();
  const { loaded, reload } = useLoaded('enrolment-groups', ['gateways'], enrolment.groups);
  return (
    <>
      <PageHeader
        title={t('enrolment.title')}
        intro={t('enrolment.intro')}
        crumbs={[{ to: '/gateways', text: t('gateways.title') }]}
      />
      <PageSection isWidthLimited isFilled>
        <Stack hasGutter>
          <StackItem>
            <LoadedContent loaded={loaded} reload={reload}>
              {(groups) =>
                groups.length === 0 ? <p>{t('enrolment.none')}</p> : <GroupTable groups={groups} changed={reload} />
              }
            </LoadedContent>
          </StackItem>
          <StackItem>
            <Card>
              <CardTitle component="h2">{t('enrolment.add')}</CardTitle>
              <CardBody>
                <NewEnrolmentGroupForm added={reload} />
              </CardBody>
            </Card>
          </StackItem>
        </Stack>
      </PageSection>
    </>
  );
}

interface GroupTableProps {
  readonly groups: readonly EnrolmentGroup[];
  readonly changed: () => void;
}

function GroupTable({ groups, changed }: GroupTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [removing, setRemoving] = useState<EnrolmentGroup | null>(null);
  return (
    <>
      <DataTable aria-label={t('enrolment.table')} gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('common.name')}</Th>
            <Th>{t('enrolment.authority')}</Th>
            <Th>{t('enrolment.validUntil')}</Th>
            <Th>{t('enrolment.gateways')}</Th>
            <Th>{t('common.actions')}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {groups.map((group) => (
            <Tr key={group.id}>
              <Td dataLabel={t('common.name')}>{group.name}</Td>
              <Td dataLabel={t('enrolment.authority')} modifier="breakWord">
                {group.authority}
                <br />
                <span className="hint mono">
                  {t('enrolment.fingerprint')}: {group.fingerprint}
                </span>
              </Td>
              <Td dataLabel={t('enrolment.validUntil')}>{format.time(group.validUntil)}</Td>
              <Td dataLabel={t('enrolment.gateways')}>{group.gateways}</Td>
              <Td dataLabel={t('common.actions')}>
                <Button
                  variant="link"
                  isInline
                  isDanger
                  aria-label={t('enrolment.removeGroup', { name: group.name })}
                  onClick={() => setRemoving(group)}
                >
                  {t('enrolment.remove')}
                </Button>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </DataTable>
      {removing !== null && (
        <ConfirmDialog
          title={t('enrolment.removeTitle', { name: removing.name })}
          body={t('enrolment.removeBody')}
          confirm={t('enrolment.removeConfirm')}
          act={async () => {
            await enrolment.removeGroup(removing.id);
            changed();
          }}
          close={() => setRemoving(null)}
        />
      )}
    </>
  );
}
