import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { type LabHost, reachOf } from '../lab/host.ts';
import { kinds } from '../lab/kinds.ts';
import { type Lab, labDown, labUp } from '../lab/lab.ts';
import { onHost } from '../lab/ssh.ts';
import { type LabCloud, startLabCloud } from '../packages/cli/src/lab/cloud.ts';
import type { Machine } from '../test/cloud/cloud.ts';
import { told } from './deploy-figures.ts';
import { type Sample, sampleOf, twinOf } from './twin.ts';

/**
 * deployVirtualMachine on a real host of each kind and in each of its modes, against the same domain by hand on the same host: qemu-img create,
 * virsh define, virsh start, without the way to the host. All is emulated here, so the ratio tells, not the time.
 */
const pairs = 4;
const scratch = mkdtempSync('/var/tmp/virtstack-bench-');
chmodSync(scratch, 0o711);
const lab = await labUp(`${scratch}/lab`, Object.fromEntries(kinds.map(({ name }) => [name, 1])), { here: true });
let cloud: LabCloud | undefined;
try {
  cloud = await startLabCloud(lab, `${scratch}/cloud`);
  for (const { label, uri, modes } of catalogue) {
    const host = lab.hosts.find((each) => each.label === label)!;
    for (const { name } of modes) {
      const figures = await measured(cloud, { lab, host, uri, mode: name });
      if (!told(figures, `, ${label} ${name}`)) process.exitCode = 1;
    }
  }
} finally {
  await cloud?.stop();
  await labDown(lab);
  rmSync(scratch, { recursive: true, force: true });
}

type Where = { readonly lab: Lab; readonly host: LabHost; readonly uri: string; readonly mode: string };

async function measured({ api, zone }: LabCloud, where: Where): Promise<{ ours: number[]; hand: number[] }> {
  const { lab, host, uri, mode } = where;
  const run = (line: string, input = ''): Promise<string> => onHost(reachOf(lab, host), line, input);
  const [offering] = await api.list('listServiceOfferings', { name: 'Tiny Instance' });
  const [template] = await api.list('listTemplates', { templatefilter: 'featured', hypervisor: host.label });
  const what = { zoneid: zone.id, serviceofferingid: offering!.id!, templateid: template!.id! };
  const deploy = async (name: string): Promise<Machine> => {
    const wish = { ...what, name: `${name}-${mode}`, 'details[0].virtualizationMode': mode };
    return (await api.job('deployVirtualMachine', wish, { pollMs: 50 })) as Machine;
  };
  const destroy = async (id: string): Promise<void> => {
    await api.job('stopVirtualMachine', { id, forced: true });
    await api.job('destroyVirtualMachine', { id, expunge: true });
  };
  const first = await deploy('sample');
  const xml = await run(`virsh -c ${uri} dumpxml --inactive ${first.instancename}`);
  const sample = await sampleOf(xml, (disk) => run(`qemu-img info -U --output=json ${disk}`));
  await run(`cp ${sample.seed} /run/seed`);
  await destroy(first.id!);
  const figures = { ours: [] as number[], hand: [] as number[] };
  for (let pair = 0; pair <= pairs; pair++) {
    const since = performance.now();
    const { id } = await deploy(`bench${pair}`);
    const ms = performance.now() - since;
    await destroy(id!);
    const byHand = await handMade(run, uri, sample);
    // The first pair warms both up.
    if (pair > 0) figures.ours.push(ms) && figures.hand.push(byHand);
  }
  return figures;
}

/** How long the same takes by hand, ms, by the host's own clock. */
async function handMade(run: (line: string, input?: string) => Promise<string>, uri: string, sample: Sample): Promise<number> {
  const { id, xml, disk, seed } = twinOf(sample);
  const virsh = `virsh -q -c ${uri}`;
  const made = [
    `qemu-img create -q -f qcow2 -b ${sample.image} -F qcow2 ${disk}`,
    `${virsh} define /run/${id}.xml`,
    `${virsh} start ${id}`,
  ];
  const clock = 'date +%s%3N';
  await run(`cat >/run/${id}.xml; cp /run/seed ${seed}`, xml);
  const [from, to] = (await run(`set -e; ${clock}; ${made.join(' >&2; ')} >&2; ${clock}`)).trim().split(/\s+/).map(Number);
  await run(`${virsh} destroy ${id}; ${virsh} undefine ${id}; rm -f ${disk} ${seed} /run/${id}.xml`);
  return to! - from!;
}
