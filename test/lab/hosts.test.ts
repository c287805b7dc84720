import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { onHost, untilOnHost } from '../../lab/ssh.ts';
import { type LabCloud, startEmptyLabCloud } from '../../packages/cli/src/lab/cloud.ts';
import { serversKey } from '../../packages/cli/src/lab/hosts.ts';
import { eventually } from '../cloud/cloud.ts';
import { type CloudOnLab, cloudOnLab } from './lab-cloud.ts';

const password = 'an admin’s password';
let on: CloudOnLab | undefined;
let lab: Lab;
let cloud: LabCloud;
let publicKey: string;

before(async () => {
  on = await cloudOnLab({ start: startEmptyLabCloud });
  ({ lab, cloud } = on);
  // Emulated hosts take their time.
  await cloud.api.call('updateConfiguration', { name: 'host.connect.timeout', value: 300 });
  publicKey = await serversKey(cloud.api);
});
after(() => on?.end());

const run = (host: LabHost, line: string, input?: string): Promise<string> => onHost(reachOf(lab, host), line, input);

/** What a host has that somebody could have changed: packages, configuration, services, ports, ways into it. */
const traces = [
  'set -e -o pipefail',
  'dpkg --get-selections',
  "find /etc -xdev -type f -not -name '*.cache' -not -path '/etc/ssl/*' -exec sha256sum {} + | sort -k 2",
  // Among them what is enabled and masked.
  "find /etc -xdev -type l -printf '%p -> %l\\n' | sort",
  "ss -Hltn | awk '{print $4}' | sort",
  "ip -br link | awk '{print $1}'",
  'nft list tables',
  'for each in /opt/virtstack /var/lib/virtstack/agent; do if [ -e $each ]; then echo $each; fi; done',
].join('; ');

describe('a host is added over SSH, and given back as it was', { concurrency: true }, () => {
  for (const { label } of catalogue) describe(`of type ${label}`, { concurrency: 1 }, () => story(label));
});

function story(label: string): void {
  const host = (): LabHost => lab.hosts.find((each) => each.label === label)!;
  const cluster = async (hypervisor: string): Promise<Record<string, string>> => {
    const place = { zoneid: cloud.zone.id, podid: cloud.zone.pod };
    const name = `${label}-${hypervisor}`.toLowerCase();
    const [known] = await cloud.api.list('listClusters', { ...place, name });
    const clusterid =
      known?.id ??
      (await cloud.api.one('addCluster', { ...place, clustername: name, clustertype: 'CloudManaged', hypervisor })).id!;
    return { ...place, clusterid, hypervisor };
  };
  const add = async (hypervisor: string, way: Record<string, string> = { username: 'root' }) =>
    cloud.api.one('addHost', { ...(await cluster(hypervisor)), url: `http://${host().address}`, ...way });
  const hosts = () => cloud.api.list('listHosts', { type: 'Routing', hypervisor: label });
  let found: string;

  it('whose SSH lets nobody in: the words say what to do', async () => {
    found = await run(host(), traces);
    await assert.rejects(add(label), /does not accept the server's key for user root.*ssh\.publickey/);
    await assert.rejects(
      add(label, { username: 'root', password: 'wrong' }),
      /Correct them, or put the server's key|takes no passwords/,
    );
  });

  it('in a cluster of another type: refused, with the type that it is of, and as it was', async () => {
    await run(host(), 'cat >>/root/.ssh/authorized_keys', `${publicKey}\n`);
    const other = catalogue.find((each) => each.label !== label)!.label;
    await assert.rejects(add(other), new RegExp(`cluster of type ${label}`));
    assert.equal(await run(host(), traces), found);
    assert.deepEqual(await hosts(), []);
  });

  it('by the server’s key: it is Up, and every step was told', async () => {
    const added = await add(label);
    assert.equal(added.state, 'Up');
    assert.equal(added.hypervisor, label);
    const told = (await cloud.api.list('listEvents', { type: 'HOST.CREATE', pagesize: 500, listall: true })).map(
      ({ description }) => description ?? '',
    );
    for (const step of ['log in', 'copy', 'check', 'prepare', 'join'])
      assert.ok(
        told.some((words) => words.includes(`host ${host().address}: ${step}`)),
        `${step} in:\n${told.join('\n')}`,
      );
    const [pool] = await cloud.api.list('listStoragePools', {
      zoneid: cloud.zone.id,
      scope: 'HOST',
      clusterid: added.clusterid!,
    });
    assert.equal(pool?.state, 'Up');
  });

  it('whose agent is killed: it comes again by itself', async () => {
    const [before] = await hosts();
    const state = async () => (await hosts())[0]?.state;
    await run(host(), 'systemctl kill -s KILL virtstack-agent');
    await eventually('the loss', state, (seen) => seen !== 'Up', 60_000);
    await eventually('the host Up', state, (seen) => seen === 'Up', 120_000);
    assert.equal((await hosts())[0]?.id, before?.id);
  });

  it('whose agent is of another release: it becomes the one that the server brings', async () => {
    const sum = (): Promise<string> => run(host(), 'sha512sum /opt/virtstack/agent.mjs');
    const brought = await sum();
    await run(host(), "echo '// of another release' >>/opt/virtstack/agent.mjs; systemctl restart virtstack-agent");
    await eventually('the update', sum, (now) => now === brought, 300_000);
    const trial = (): Promise<string> => run(host(), 'ls /opt/virtstack/agent.trial 2>/dev/null || true');
    await eventually('the welcome', trial, (found) => found === '', 120_000);
    await eventually(
      'the host Up',
      async () => (await hosts())[0]?.state,
      (seen) => seen === 'Up',
      120_000,
    );
    assert.match(await run(host(), 'tail -n 1 /opt/virtstack/agent.previous.mjs'), /of another release/);
  });

  it('deleted: it is as it was found', async () => {
    const [{ id } = {}] = await hosts();
    await cloud.api.call('deleteHost', { id: id!, forcedestroylocalstorage: true });
    const after = await eventually(
      'nothing left',
      () => run(host(), traces),
      (now) => now === found,
      600_000,
    ).catch(() => run(host(), traces));
    const [was, is] = [found.split('\n'), after.split('\n')];
    assert.deepEqual(
      { more: is.filter((line) => !was.includes(line)), gone: was.filter((line) => !is.includes(line)) },
      { more: [], gone: [] },
    );
  });

  it('with a password: it is Up again, and the password lies nowhere on it', async () => {
    const keys = '/root/.ssh/authorized_keys';
    await run(host(), `grep -vF '${publicKey}' ${keys} >/run/keys; cat /run/keys >${keys}; chpasswd`, `root:${password}\n`);
    // What comes first counts.
    const permit = "printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/00-test.conf";
    await run(host(), `${permit}; systemctl reload ssh`);
    await untilOnHost(reachOf(lab, host()), 'systemctl -q is-active ssh', 60_000);
    const added = await add(label, { username: 'root', password });
    assert.equal(added.state, 'Up');
    assert.equal(
      (await run(host(), `grep -rlF '${password}' /etc /opt/virtstack/agent.mjs /var/lib/virtstack /var/log || true`)).trim(),
      '',
    );
  });
}
