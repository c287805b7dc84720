import { machineStates, type ParamsOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { containingWords } from '../conditions.ts';
import type { Context, ListOf } from '../handler.ts';
import { paged } from '../page.ts';
import { type MachineAnswer, machineResponses } from './virtual-machine-response.ts';

type Params = ParamsOf<'listVirtualMachines'>;

/** One query for the page's ids, one for their rows, one each for interfaces and open jobs: never one for each machine. */
export async function listMachines(context: Context, params: Params): Promise<ListOf<MachineAnswer>> {
  const { db, caller } = context;
  const conditions = await conditionsOf(context, params);
  const matching = db
    .selectFrom('virtual_machine as vm')
    .where('vm.removed', 'is', null)
    .where((eb) => eb.and(conditions));
  const { count, rows } = await paged(
    context,
    params,
    'vm',
    matching,
    (query) => query.select('vm.id').orderBy('vm.created').orderBy('vm.id'),
    'virtual_machine',
  );
  const ids = rows.map(({ id }) => id);
  return { count, items: await machineResponses(db, ids, { admin: caller.role === 'Admin', userData: params.userdata }) };
}

async function conditionsOf({ caller, settings }: Context, params: Params): Promise<RawBuilder<boolean>[]> {
  const seesDestroyed =
    caller.role !== 'User' ||
    (await settings.boolean('allow.user.view.destroyed.vm', { scope: 'account', id: caller.accountId }));
  return [
    ...stateConditions(params.state, seesDestroyed),
    ...equal('vm.id', params.id),
    ...(params.ids ? [sql<boolean>`vm.id = any(${params.ids}::uuid[])`] : []),
    ...equal('vm.name', params.name),
    ...equal('vm.zone_id', params.zoneid),
    ...equal('vm.template_id', params.templateid),
    ...equal('vm.service_offering_id', params.serviceofferingid),
    ...equal('vm.user_id', params.userid),
    ...equal('vm.ha_enabled', params.haenable),
    ...(params.hypervisor ? [sql<boolean>`lower(vm.hypervisor) = ${params.hypervisor.toLowerCase()}`] : []),
    ...(params.keypair ? [sql<boolean>`${params.keypair} = any(vm.ssh_key_names)`] : []),
    ...relations(params),
    ...(caller.role === 'Admin' ? places(params) : []),
    containingWords(params.keyword, ['vm.name', 'vm.display_name', 'vm.instance_name'], { 'vm.state': machineStates }),
  ];
}

const equal = (column: string, value: string | boolean | undefined): RawBuilder<boolean>[] =>
  value === undefined ? [] : [sql<boolean>`${sql.ref(column)} = ${value}`];

/** `Present` is CloudStack's word for everything that is not on its way out. */
function stateConditions(state: string | undefined, seesDestroyed: boolean): RawBuilder<boolean>[] {
  const asked =
    state === undefined
      ? []
      : state.toLowerCase() === 'present'
        ? [sql<boolean>`vm.state not in ('Destroyed', 'Expunging')`]
        : [sql<boolean>`lower(vm.state) = ${state.toLowerCase()}`];
  return seesDestroyed ? asked : [...asked, sql<boolean>`vm.state not in ('Destroyed', 'Expunging')`];
}

const relations = ({ networkid, arch }: Params): RawBuilder<boolean>[] => [
  ...(networkid
    ? [sql<boolean>`vm.id in (select virtual_machine_id from nic where network_id = ${networkid} and removed is null)`]
    : []),
  ...(arch ? [sql<boolean>`vm.template_id in (select id from template where arch = ${arch})`] : []),
];

const places = ({ hostid, podid, clusterid, storageid }: Params): RawBuilder<boolean>[] => [
  ...equal('vm.host_id', hostid),
  ...(podid ? [sql<boolean>`vm.host_id in (select id from host where pod_id = ${podid})`] : []),
  ...(clusterid ? [sql<boolean>`vm.host_id in (select id from host where cluster_id = ${clusterid})`] : []),
  ...(storageid
    ? [sql<boolean>`vm.id in (select virtual_machine_id from volume where storage_pool_id = ${storageid} and removed is null)`]
    : []),
];
