/** Search in sight, further filters behind a button, and one that takes all of them away. */
import { Button, ExpandableSection, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface FilterBarProps {
  readonly search: ReactNode;
  /** More that is always in sight, each a toolbar item of its own. */
  readonly tools?: readonly ReactNode[];
  /** Whether a further filter is set: then they are shown. */
  readonly isFiltered: boolean;
  readonly isSet: boolean;
  readonly clear: () => void;
  readonly children: ReactNode;
}

export function FilterBar({ search, tools = [], isFiltered, isSet, clear, children }: FilterBarProps) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(isFiltered);
  /** Fields begin anew with it: what is typed and not yet told goes as well. */
  const [timesCleared, setTimesCleared] = useState(0);
  function clearAll(): void {
    setTimesCleared(timesCleared + 1);
    clear();
  }
  return (
    <search className="no-print">
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem key={timesCleared} className="search">
            {search}
          </ToolbarItem>
          {tools.map((tool, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- always the same tools in the same places
            <ToolbarItem key={at}>{tool}</ToolbarItem>
          ))}
          {isSet && (
            <ToolbarItem>
              <Button variant="link" onClick={clearAll}>
                {t('filter.clear')}
              </Button>
            </ToolbarItem>
          )}
        </ToolbarContent>
      </Toolbar>
      <ExpandableSection
        toggleText={t('filter.more')}
        isExpanded={isOpen}
        onToggle={(_event, open) => setIsOpen(open)}
        className="filters"
      >
        <div key={timesCleared} className="filter-fields">
          {children}
        </div>
      </ExpandableSection>
    </search>
  );
}
