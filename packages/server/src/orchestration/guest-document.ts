import { isUtf8 } from 'node:buffer';
import { type GuestDocument, guestAgentChannel, privateChannel } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { modeOn } from '../placement/mode.ts';
import { diskOf } from './attached-disk.ts';
import { bridgeOf } from './bridge-of.ts';

/** A machine as its host is to make it, from the database as it stands. `mode`: that in which it runs already. */
export async function guestDocument(
  cloud: Cloud,
  machineId: string,
  hostId: string,
  mode?: GuestDocument['mode'],
): Promise<GuestDocument> {
  const { db } = cloud;
  const vm = await db
    .selectFrom('virtual_machine as vm')
    .innerJoin('template as t', 't.id', 'vm.template_id')
    .selectAll('vm')
    .select('t.details as template_details')
    .where('vm.id', '=', machineId)
    .executeTakeFirstOrThrow();
  return {
    uuid: vm.id,
    name: vm.instance_name,
    title: vm.display_name,
    vcpus: vm.cpu_number,
    memoryKiB: vm.memory_mb * 1024,
    mode: mode ?? (await modeOn(cloud, hostId, vm)),
    disks: await disksOf(db, machineId),
    nics: await nicsOf(db, machineId, hostId),
    channels: [{ name: guestAgentChannel }, { name: privateChannel }],
    seed: {
      metaData: metaData(vm),
      ...userDataOf(vm.user_data),
    },
  };
}

async function disksOf(db: Database, machineId: string): Promise<GuestDocument['disks']> {
  const volumes = await db
    .selectFrom('volume')
    .select(['id', 'name', 'device_id', 'path', 'format'])
    .where('virtual_machine_id', '=', machineId)
    .where('state', '<>', 'Attaching')
    .where('removed', 'is', null)
    .orderBy('device_id')
    .execute();
  return volumes.map(({ path, ...volume }) => {
    if (!path) throw new CloudError('internal', `Volume ${volume.name} has no file yet.`);
    return diskOf({ ...volume, path });
  });
}

async function nicsOf(db: Database, machineId: string, hostId: string): Promise<GuestDocument['nics']> {
  const nics = await db
    .selectFrom('nic')
    .innerJoin('network', 'network.id', 'nic.network_id')
    .select(['nic.mac', 'network.physical_network_id', 'network.name'])
    .where('nic.virtual_machine_id', '=', machineId)
    .where('nic.removed', 'is', null)
    .orderBy('nic.device_id')
    .execute();
  return Promise.all(nics.map(async (nic) => ({ mac: nic.mac, bridge: await bridgeOf(db, hostId, nic) })));
}

/** As text where it is one, so that a person can read it on its way; else (gzip) as it is kept. */
function userDataOf(base64: string | null): Pick<NonNullable<GuestDocument['seed']>, 'userData' | 'userDataEncoding'> {
  if (base64 === null) return { userData: '#cloud-config\n{}\n' };
  const bytes = Buffer.from(base64, 'base64');
  return isUtf8(bytes) ? { userData: bytes.toString('utf8') } : { userData: base64, userDataEncoding: 'base64' };
}

/** cloud-init's meta-data; JSON is YAML. */
const metaData = (vm: { id: string; name: string; ssh_public_keys: readonly string[] }): string =>
  `${JSON.stringify({ 'instance-id': vm.id, 'local-hostname': vm.name, 'public-keys': vm.ssh_public_keys }, undefined, 2)}\n`;
