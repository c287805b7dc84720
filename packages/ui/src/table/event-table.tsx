import { Label } from '@patternfly/react-core';
import { useList } from '../api/hooks.ts';
import type { Item } from '../api/types.ts';
import { dateTime } from '../format.ts';
import { everything, scopeOf, useProject } from '../project.ts';
import { type Searchable, toParams } from '../search/syntax.ts';
import { texts } from '../texts.ts';
import { type Column, ResourceTable } from './resource-table.tsx';
import { useTable } from './use-table.ts';

type Event = Item<'listEvents'>;

const searchable = {
  type: { param: 'type', to: (value: string) => value.toUpperCase() },
  level: { param: 'level', to: (value: string) => value.toUpperCase() },
} as const satisfies Searchable;

const colors: Readonly<Record<string, 'red' | 'orange' | 'grey'>> = { ERROR: 'red', WARN: 'orange' };
const titles = texts.events.columns;
const columns: readonly Column<Event>[] = [
  { title: titles.created, cell: (event) => (event.created ? dateTime(event.created) : texts.none) },
  {
    title: titles.level,
    cell: ({ level }) => (
      <Label isCompact variant="outline" color={colors[level ?? ''] ?? 'grey'}>
        {level}
      </Label>
    ),
  },
  { title: titles.type, cell: (event) => <span className="vs-mono">{event.type}</span> },
  { title: titles.description, cell: (event) => event.description },
  { title: titles.state, cell: (event) => event.state, wide: true },
  { title: titles.username, cell: (event) => event.username, wide: true },
];

/** Events, of everything or of one instance. */
export const EventTable = ({ instance }: { instance?: string }) => {
  const state = useTable();
  const { params, problem } = toParams(state.text, searchable);
  const project = useProject();
  const about = instance ? { resourceid: instance, resourcetype: 'VirtualMachine', ...everything } : scopeOf(project);
  const page = useList('listEvents', { page: state.page, pagesize: state.pagesize, ...about, ...params }, { enabled: !problem });
  return (
    <ResourceTable
      label={texts.events.title}
      columns={columns}
      keyOf={(event) => event.id ?? ''}
      state={state}
      page={page}
      problem={problem}
      placeholder={texts.events.placeholder}
      empty={{ title: texts.events.emptyTitle, body: texts.events.empty }}
    />
  );
};
