import {
  Alert,
  Button,
  EmptyState,
  EmptyStateBody,
  EmptyStateFooter,
  Pagination,
  Spinner,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { textOf } from '../api/error.ts';
import type { List } from '../api/types.ts';
import { texts } from '../texts.ts';
import { SearchField } from './search-field.tsx';
import type { TableState } from './use-table.ts';

export type Column<T> = {
  readonly title: string;
  readonly cell: (item: T) => ReactNode;
  /** Left out where the window is narrow. */
  readonly wide?: boolean;
  readonly isAction?: boolean;
};

type Props<T> = {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string;
  readonly state: TableState;
  readonly page: { readonly data?: List<T> | undefined; readonly error: unknown };
  readonly problem?: string | undefined;
  readonly placeholder: string;
  readonly empty: { readonly title: string; readonly body: string; readonly action?: ReactNode };
  readonly children?: ReactNode;
};

const Pages = ({ state, count, label }: { state: TableState; count: number; label: string }) => (
  <Pagination
    isCompact
    itemCount={count}
    page={state.page}
    perPage={state.pagesize}
    perPageOptions={[20, 50, 100, 500].map((value) => ({ title: String(value), value }))}
    onSetPage={(_event, page) => state.turn(page)}
    onPerPageSelect={(_event, size) => state.resize(size)}
    titles={{ paginationAriaLabel: label }}
  />
);

const Rows = <T,>({
  label,
  columns,
  keyOf,
  items,
}: {
  label: string;
  columns: readonly Column<T>[];
  keyOf: (item: T) => string;
  items: readonly T[];
}) => (
  <Table aria-label={label} variant="compact">
    <Thead>
      <Tr>
        {columns.map(({ title, wide, isAction }) => (
          <Th key={title} tooltip={null} className={wide ? 'vs-wide' : ''} {...(isAction ? { screenReaderText: title } : {})}>
            {isAction ? null : title}
          </Th>
        ))}
      </Tr>
    </Thead>
    <Tbody>
      {items.map((item) => (
        <Tr key={keyOf(item)}>
          {columns.map(({ title, cell, wide, isAction }) => (
            <Td key={title} dataLabel={title} className={wide ? 'vs-wide' : ''} isActionCell={isAction ?? false}>
              {cell(item)}
            </Td>
          ))}
        </Tr>
      ))}
    </Tbody>
  </Table>
);

const Empty = <T,>({ empty, state }: Pick<Props<T>, 'empty' | 'state'>) =>
  state.text ? (
    <EmptyState titleText={texts.search.noMatch} headingLevel="h2">
      <EmptyStateFooter>
        <Button variant="link" onClick={() => state.search('')}>
          {texts.search.clearAll}
        </Button>
      </EmptyStateFooter>
    </EmptyState>
  ) : (
    <EmptyState titleText={empty.title} headingLevel="h2">
      <EmptyStateBody>{empty.body}</EmptyStateBody>
      <EmptyStateFooter>{empty.action}</EmptyStateFooter>
    </EmptyState>
  );

/** A page of things: search, rows, paging. Rows are told apart by key, so that a refresh moves nothing. */
export const ResourceTable = <T,>(props: Props<T>) => {
  const { label, state, page, problem, placeholder, children } = props;
  const { data, error } = page;
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem className="vs-grow">
            <SearchField text={state.text} search={state.search} placeholder={placeholder} problem={problem} />
          </ToolbarItem>
          {children && <ToolbarItem>{children}</ToolbarItem>}
          <ToolbarItem variant="pagination" align={{ default: 'alignEnd' }}>
            <Pages state={state} count={data?.count ?? 0} label={label} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {error !== null && !data && (
        <Alert component="p" isInline variant="danger" title={texts.loadFailed}>
          {textOf(error)}
        </Alert>
      )}
      {!data && error === null && !problem && <Spinner aria-label={texts.loading} />}
      {data && data.items.length > 0 && <Rows label={label} columns={props.columns} keyOf={props.keyOf} items={data.items} />}
      {data && data.items.length === 0 && <Empty empty={props.empty} state={state} />}
    </>
  );
};
