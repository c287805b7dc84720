import { Button, PageSection, Title } from '@patternfly/react-core';
import { ActionsColumn } from '@patternfly/react-table';
import { useAllowed } from '../api/allowed.ts';
import { useList } from '../api/hooks.ts';
import { session } from '../api/session.ts';
import { dateTime } from '../format.ts';
import { type Offer, useActions } from '../forms/use-actions.tsx';
import { addressesOf, type Instance, machineOf, nameOf, stateOf } from '../instances/instance.ts';
import { ownerOf } from '../instances/owner.ts';
import { StateLabel } from '../instances/state-label.tsx';
import { stateNamed } from '../instances/states.ts';
import { Link } from '../link.tsx';
import { navigate } from '../location.ts';
import { all, scopeOf, useProject } from '../project.ts';
import { type Searchable, toParams } from '../search/syntax.ts';
import { type Column, ResourceTable } from '../table/resource-table.tsx';
import { useTable } from '../table/use-table.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';

/** What the server can search instances by. */
const searchable = {
  name: { param: 'name' },
  state: { param: 'state', to: stateNamed },
  hypervisor: { param: 'hypervisor' },
  keypair: { param: 'keypair' },
  id: { param: 'id' },
} as const satisfies Searchable;

const Actions = ({ name, offers }: { name: string; offers: readonly Offer[] }) => (
  <ActionsColumn
    items={offers.map(({ action, reason, act }) => ({
      title: texts.actions[action],
      onClick: act,
      isAriaDisabled: reason !== undefined,
      ...(reason ? { tooltipProps: { content: reason } } : {}),
    }))}
    popperProps={{ position: 'right' }}
    aria-label={texts.instances.actionsOf(name)}
  />
);

const titles = texts.instances.columns;
/** `owners` is the column of owners, where there are others than the user, or nothing. */
const columnsWith = (
  offers: (vm: Instance) => readonly Offer[],
  owners: readonly Column<Instance>[],
): readonly Column<Instance>[] => [
  { title: titles.state, cell: (vm) => <StateLabel state={stateOf(vm)} /> },
  { title: titles.name, cell: (vm) => <Link to={`/instances/${vm.id}`}>{nameOf(vm)}</Link> },
  ...owners,
  { title: titles.address, cell: (vm) => <span className="vs-mono">{addressesOf(vm).join(' ') || texts.none}</span> },
  { title: titles.host, cell: (vm) => vm.hostname ?? texts.none },
  { title: titles.template, cell: (vm) => vm.templatename ?? texts.none, wide: true },
  { title: titles.hypervisor, cell: machineOf },
  { title: titles.created, cell: (vm) => (vm.created ? dateTime(vm.created) : texts.none), wide: true },
  { title: titles.actions, isAction: true, cell: (vm) => <Actions name={nameOf(vm)} offers={offers(vm)} /> },
];

export const InstancesPage = () => {
  const state = useTable();
  const allowed = useAllowed();
  const { offers, aside } = useActions();
  const { params, problem } = toParams(state.text, searchable);
  const project = useProject();
  const user = useStore(session);
  const owners: readonly Column<Instance>[] =
    project === all || (project === '' && user?.role !== 'user')
      ? [{ title: titles.owner, cell: (vm) => ownerOf(vm, user) }]
      : [];
  const page = useList(
    'listVirtualMachines',
    { ...scopeOf(project), page: state.page, pagesize: state.pagesize, ...params },
    { enabled: !problem },
  );
  const deploy = allowed('deployVirtualMachine') && (
    <Button onClick={() => navigate('/instances/deploy')}>{texts.instances.deploy}</Button>
  );
  return (
    <PageSection isFilled aria-labelledby="title">
      <Title headingLevel="h1" id="title" className="vs-title">
        {texts.instances.title}
      </Title>
      {aside}
      <ResourceTable
        label={texts.instances.title}
        columns={columnsWith(offers, owners)}
        keyOf={(vm) => vm.id ?? ''}
        state={state}
        page={page}
        problem={problem}
        placeholder={texts.instances.placeholder}
        empty={{ title: texts.instances.emptyTitle, body: texts.instances.empty, action: deploy }}
      >
        {deploy}
      </ResourceTable>
    </PageSection>
  );
};
