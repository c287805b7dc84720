import { type LabHost, type Place, reachOf } from './host.ts';
import { onHost } from './ssh.ts';

/** The directory that a lab's first host exports to the others, over NFS 4.2. */
export const shared = '/srv/nfs';

/** Soon, and after each boot, the host exports the directory: a mount waits for it. */
export const exportShared = (lab: Place, host: LabHost): Promise<string> =>
  onHost(reachOf(lab, host), 'systemctl enable --quiet --now --no-block nfs-server');

/** What a host mounts, as `mount -t nfs4` takes it. */
export const sharedFrom = ([first]: readonly LabHost[]): string | undefined => first && `${first.address}:${shared}`;
