import { createHash } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { type Unmanaged, unmanagedIn } from '../../hosts/unmanaged.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { allocateNic, type NicWish } from '../../orchestration/allocate-nic.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import { type Context, ownerColumns } from '../handler.ts';
import { type Offering, offeringOf } from './deploy-checks.ts';
import { volumesFor } from './import-disks.ts';
import { nicsFor } from './import-nics.ts';
import { checkDetails, hostNameOf, refuseTakenName } from './machine-input.ts';
import { refuse } from './rows.ts';

type Params = ParamsOf<'importUnmanagedInstance'>;

/**
 * Records a domain that is there as a machine, with its disks and its addresses; the job then marks it on its host. Whatever can be refused is refused
 * here: until the mark, nothing on the host has changed.
 */
export async function importInstance(context: Context, params: Params): Promise<JobRequest> {
  const { db, owner } = context;
  const found = await theOne(context, params);
  const { host, guest } = found;
  if (guest.obstacles.length > 0)
    throw new CloudError('conflict', `The domain ${guest.name} cannot be taken in. ${guest.obstacles.join(' ')}`);
  await refuseKnown(db, found);
  checkDetails(params.details, true);
  const offering = await offeringOf(db, params.serviceofferingid);
  if (!params.forced) await refuseOtherSize(db, found, offering);
  const volumes = await volumesFor(context, found, params.datadiskofferinglist ?? []);
  const wishes = await nicsFor(context, found, params);
  await recordMachine(context, params, { found, offering });
  for (const volume of volumes)
    await db
      .insertInto('volume')
      .values({ ...volume, zone_id: host.zone_id, virtual_machine_id: guest.uuid, ...ownerColumns(owner) })
      .execute();
  await recordNics(context, found, wishes);
  return machineJob('import-unmanaged-instance', guest.uuid, { hostId: host.id });
}

/** @throws {CloudError} `parameter`: there is none of that name, or there are several. */
async function theOne(context: Context, { clusterid, name }: Params): Promise<Unmanaged> {
  const [first, ...more] = await unmanagedIn(context, clusterid, name);
  if (!first)
    return refuse(
      `No host of the cluster that can be reached has a domain named ${name.slice(0, 100)} that is not managed. listUnmanagedInstances shows which there are.`,
    );
  if (more.length === 0) return first;
  const hosts = [first, ...more].map(({ host }) => host.name).join(', ');
  return refuse(
    `There are ${more.length + 1} domains named ${name}, on the hosts ${hosts}. Rename all but one (virsh domrename).`,
  );
}

/** A machine has the id of its domain, and two hosts may have domains of one name. */
async function refuseKnown(db: Database, { guest }: Unmanaged): Promise<void> {
  const known = await db
    .selectFrom('virtual_machine')
    .select(['display_name', 'removed', 'id'])
    .where((eb) => eb.or([eb('id', '=', guest.uuid), eb.and([eb('instance_name', '=', guest.name), eb('removed', 'is', null)])]))
    .executeTakeFirst();
  if (!known) return;
  const what = known.id === guest.uuid ? `uuid ${guest.uuid}` : `name ${guest.name}`;
  throw new CloudError(
    'conflict',
    `The domain has the ${what}, which ${known.removed ? 'was' : 'is'} that of the virtual machine ${known.display_name}${known.removed ? ', which was expunged' : ''}. Give the domain another one.`,
  );
}

const memoryMb = ({ guest }: Unmanaged): number => Math.ceil(guest.memoryKiB / 1024);

/** @throws {CloudError} `parameter`, with the offerings that would fit. */
async function refuseOtherSize(db: Database, found: Unmanaged, offering: Offering): Promise<void> {
  const { vcpus, name } = found.guest;
  if (offering.cpu_number === vcpus && offering.memory_mb === memoryMb(found)) return;
  const fitting = await db
    .selectFrom('service_offering')
    .select('name')
    .where('cpu_number', '=', vcpus)
    .where('memory_mb', '=', memoryMb(found))
    .where('removed', 'is', null)
    .limit(5)
    .execute();
  const those = fitting.map((one) => one.name).join(', ');
  return refuse(
    `The domain ${name} has ${vcpus} CPUs and ${memoryMb(found)} MiB, the service offering ${offering.cpu_number} CPUs and ${offering.memory_mb} MiB. ${
      those ? `These fit: ${those}.` : 'None fits: create one of that size (createServiceOffering).'
    } With forced=true it keeps its own size.`,
  );
}

type Recording = { readonly found: Unmanaged; readonly offering: Offering };

async function recordMachine(context: Context, params: Params, { found, offering }: Recording): Promise<void> {
  const { db, caller, owner } = context;
  const { host, guest } = found;
  const name = hostNameOf(params.hostname ?? asHostName(guest.name, guest.uuid), guest.name);
  await refuseTakenName(db, owner.accountId, name);
  await db
    .insertInto('virtual_machine')
    .values({
      id: guest.uuid,
      zone_id: host.zone_id,
      last_host_id: host.id,
      template_id: params.templateid ? await templateFor(db, params.templateid, found) : await placeholder(context, found),
      service_offering_id: offering.id,
      user_id: caller.userId,
      name,
      display_name: params.displayname ?? guest.name,
      instance_name: guest.name,
      // As it really is it is shown when its host has marked it.
      state: 'Stopped',
      power_state: guest.state,
      hypervisor: host.hypervisor,
      cpu_number: guest.vcpus,
      cpu_speed: offering.cpu_speed,
      memory_mb: memoryMb(found),
      details: JSON.stringify(params.details ?? {}),
      ha_enabled: offering.offer_ha,
      adopted: true,
      ...ownerColumns(owner),
    })
    .execute();
}

/** In one order, so that two machines with the same networks do not wait for each other. */
async function recordNics({ db, hypervisors }: Context, { host, guest }: Unmanaged, wishes: readonly NicWish[]): Promise<void> {
  const label = hypervisors.find(({ type }) => type === host.hypervisor)!;
  const inLockOrder = wishes
    .map((wish, device) => ({ wish, device }))
    .sort((a, b) => a.wish.networkId.localeCompare(b.wish.networkId));
  for (const { wish, device } of inLockOrder) await allocateNic(db, { id: guest.uuid, label }, wish, device);
}

/** The domain's name as a host name, as far as it can be one. */
const asHostName = (name: string, uuid: string): string => {
  const plain = name.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '');
  return plain === '' ? `VM-${uuid}` : plain;
};

async function templateFor(db: Database, id: string, { host }: Unmanaged): Promise<string> {
  const template = await db.selectFrom('template').select(['name', 'hypervisor']).where('id', '=', id).executeTakeFirstOrThrow();
  if (template.hypervisor !== host.hypervisor)
    refuse(`Template ${template.name} is for ${template.hypervisor}, and the domain runs on ${host.hypervisor}.`);
  return id;
}

/** Every machine has a template. Of those that have none this is it: one for each kind of host, in no list, and nothing is made of it. */
async function placeholder({ db, caller }: Context, { host }: Unmanaged): Promise<string> {
  const arch = String(host.facts.arch ?? 'x86_64');
  const id = uuidOf(`imported ${host.hypervisor} ${arch}`);
  await db
    .insertInto('template')
    .values({
      id,
      name: 'imported',
      display_text: 'None: it was imported.',
      url: '',
      format: 'QCOW2',
      hypervisor: host.hypervisor,
      arch,
      template_type: 'SYSTEM',
      is_public: false,
      is_featured: false,
      is_extractable: false,
      password_enabled: false,
      requires_hvm: false,
      removed: sql<Date>`now()`,
      account_id: caller.accountId,
      domain_id: caller.domainId,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  return id;
}

/** The same for the same text, in the form of a UUID. */
const uuidOf = (text: string): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
