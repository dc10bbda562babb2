import { Checkbox, FormSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { User } from '../../api/contract.ts';

interface SessionUsersFieldsProps {
  /** Those that may be chosen. */
  readonly users: readonly User[];
  readonly chosen: readonly string[];
  readonly change: (chosen: readonly string[]) => void;
}

/** Who may start a session beside the administrators. */
export function SessionUsersFields({ users, chosen, change }: SessionUsersFieldsProps) {
  const { t } = useTranslation();
  return (
    <FormSection title={t('newSession.users')} titleElement="h2">
      <fieldset className="choices">
        <legend className="hint">{t(users.length === 0 ? 'newSession.noUsers' : 'newSession.usersHint')}</legend>
        {users.map((user) => (
          <Checkbox
            key={user.id}
            id={`user-${user.id}`}
            label={user.name}
            description={user.email}
            isChecked={chosen.includes(user.id)}
            onChange={(_event, isChosen) =>
              change(isChosen ? [...chosen, user.id] : chosen.filter((id) => id !== user.id))
            }
          />
        ))}
      </fieldset>
    </FormSection>
  );
}
