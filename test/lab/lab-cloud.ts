import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { reachOf } from '../../lab/host.ts';
import type { Release } from '../../lab/image.ts';
import { kinds } from '../../lab/kinds.ts';
import { type Lab, labDown, labUp, readLab } from '../../lab/lab.ts';
import { shared } from '../../lab/shared.ts';
import { onHost } from '../../lab/ssh.ts';
import { type LabCloud, startLabCloud } from '../../packages/cli/src/lab/cloud.ts';

/** A lab that is there already is used where VIRTSTACK_LAB names its directory: the test then runs in its network namespace. */
const standing = process.env.VIRTSTACK_LAB;

export type CloudOnLab = {
  readonly lab: Lab;
  readonly cloud: LabCloud;
  /** A directory for the test's own files. */
  readonly dir: string;
  /** Nothing of it stays; a lab that was there before does. */
  end(): Promise<void>;
};

type Wanted = { readonly ofEachKind?: number; readonly release?: Release | undefined; readonly start?: typeof startLabCloud };

/** A cloud on hosts of every kind. */
export async function cloudOnLab({ ofEachKind = 1, release, start = startLabCloud }: Wanted = {}): Promise<CloudOnLab> {
  const scratch = mkdtempSync('/var/tmp/virtstack-lab-');
  // The server is not root.
  chmodSync(scratch, 0o711);
  const wanted = Object.fromEntries(kinds.map(({ name }) => [name, ofEachKind]));
  const lab = standing ? readLab(standing)! : await labUp(`${scratch}/lab`, wanted, { here: true, release });
  const end = async (): Promise<void> => {
    if (!standing) await labDown(readLab(lab.directory)!);
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    const cloud = await start(lab, `${scratch}/cloud`);
    return { lab, cloud, dir: scratch, end: () => cloud.stop().finally(end) };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A small offering whose machines are on storage that hosts share. Answers its id. */
export async function roamingOffering({ api }: LabCloud): Promise<string> {
  const size = { cpunumber: 1, cpuspeed: 100, memory: 128, storagetype: 'shared' };
  return (await api.one('createServiceOffering', { name: 'roaming', displaytext: 'roaming', ...size })).id!;
}

/** Has the hosts of a type share storage, which their first host exports. */
export async function shareStorage({ lab, cloud }: CloudOnLab, label: string): Promise<void> {
  const server = lab.hosts[0]!;
  await onHost(reachOf(lab, server), `mkdir -p ${shared}/${label}`);
  const [cluster] = await cloud.api.list('listClusters', { zoneid: cloud.zone.id, hypervisor: label });
  const place = { zoneid: cloud.zone.id, podid: cloud.zone.pod, clusterid: cluster!.id! };
  const url = `nfs://${server.address}${shared}/${label}`;
  await cloud.api.one('createStoragePool', { ...place, name: `nfs-${label}`, url, scope: 'CLUSTER' });
}
