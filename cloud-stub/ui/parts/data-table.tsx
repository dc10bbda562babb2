/** PatternFly calls every table a grid, which promises keyboard navigation from cell to cell; these are tables. */
import { Table, type TableProps } from '@patternfly/react-table';

const SEMANTICS = { role: 'table' } as const;

export function DataTable(props: Omit<TableProps, 'ref' | 'role'>) {
  return <Table {...props} {...SEMANTICS} />;
}
