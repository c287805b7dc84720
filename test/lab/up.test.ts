import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import { type Lab, readLab } from '../../lab/lab.ts';
import { sharedFrom } from '../../lab/shared.ts';
import { onHost } from '../../lab/ssh.ts';
import { Cloud, sh } from '../cloud/cloud.ts';

const labels = catalogue.map(({ label }) => label).sort();
const cloud = new Cloud();
const lab = (): Lab => readLab(`${cloud.dataDir}-lab`)!;
const inHost = (host: LabHost, line: string): Promise<string> => onHost(reachOf(lab(), host), line);
const stateOf = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await cloud.api.list('listHosts', { type: 'Routing' })).map(({ hypervisor, state }) => [hypervisor, state]),
  );

describe('up --lab', () => {
  let said = '';
  before(async () => {
    said = await cloud.up('--lab');
  });
  after(async () => {
    await cloud.virtstack('down', '--purge');
    await cloud.end();
  });

  it('ends with a URL that a browser of this machine reaches', async () => {
    const url = /URL +(https:\S+)/.exec(said)?.[1];
    assert.match(await sh('curl', '-s', '--cacert', cloud.admin.cacertificate, `${url}/`), /<title>/);
  });

  it('has a host of each kind, and a small template for each', async () => {
    assert.deepEqual(await stateOf(), Object.fromEntries(labels.map((label) => [label, 'Up'])));
    const templates = await cloud.api.list('listTemplates', { templatefilter: 'featured' });
    assert.deepEqual(
      templates.map(({ hypervisor, isready }) => [hypervisor, isready]).sort(),
      labels.map((label) => [label, true]),
    );
  });

  it('shares a directory among its hosts over NFS 4.2', async () => {
    const from = sharedFrom(lab().hosts)!;
    const [first, second] = lab().hosts;
    await inHost(second!, `mount -t nfs4 -o vers=4.2 ${from} /mnt && echo of the second >/mnt/second`);
    assert.equal(await inHost(first!, 'cat /srv/nfs/second && echo of the first >/srv/nfs/first'), 'of the second\n');
    assert.equal(await inHost(second!, 'cat /mnt/first && umount /mnt'), 'of the first\n');
  });

  it('is found in place when it is started again, and a host that had gone is up again with what was on its disk', async () => {
    const [gone, stayed] = lab().hosts.toReversed();
    await inHost(gone!, 'echo kept >/root/kept; sync');
    await cloud.virtstack('down');
    process.kill(gone!.process.pid, 'SIGKILL');
    said = await cloud.up();
    assert.match(said, new RegExp(`${gone!.name} is gone: booting it again`));
    assert.doesNotMatch(said, new RegExp(`${stayed!.name}|making`));
    assert.equal(await inHost(gone!, 'cat /root/kept'), 'kept\n');
    assert.deepEqual(await stateOf(), Object.fromEntries(labels.map((label) => [label, 'Up'])));
  });

  it('is shown by status, and says where its agents’ logs are', async () => {
    const status = await cloud.virtstack('status');
    for (const { name } of lab().hosts) assert.match(status, new RegExp(`${name}: Up`));
    await assert.rejects(cloud.virtstack('logs', 'agent'), /lab ssh .* journalctl/s);
  });
});
