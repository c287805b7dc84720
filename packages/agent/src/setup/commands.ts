import { readFile } from 'node:fs/promises';
import { catalogue, type Profile, profileLabelled } from '@virtstack/hypervisor';
import type { SetupCommand, SetupRequest, SetupResult } from '@virtstack/protocol';
import { checksBeforeChange, described, lookAt } from './check.ts';
import { joined } from './checks/other-cloud.ts';
import { type Findings, openFindings } from './found.ts';
import { libvirtDaemon } from './libvirt-daemon.ts';
import { places } from './places.ts';
import { certificateRequest } from './request.ts';
import { SetupError } from './setup-error.ts';
import { removePrograms } from './steps/directory.ts';
import type { Changed, Step } from './steps/step.ts';
import { joinSteps, leaveSteps, prepareSteps } from './steps.ts';
import { type Tell, told } from './told.ts';

type Outcome<C extends SetupCommand> = { readonly well: boolean; readonly result?: SetupResult<C> };

/** What each command does. They tell all but what they could not even begin with. @throws {SetupError} */
export const commands: { readonly [C in SetupCommand]: (request: SetupRequest<C>, tell: Tell) => Promise<Outcome<C>> } = {
  check: async (request, tell) => {
    const well = await lookAt({ ...request, profile: profileFor(request.hypervisor) }, tell);
    return { well, result: await described() };
  },

  prepare: async (request, tell) => {
    const profile = profileFor(request.hypervisor);
    if (!(await lookAt({ ...request, serverTimeMs: Date.now(), profile }, tell, checksBeforeChange))) return { well: false };
    if (!(await inTurn(prepareSteps, changed(profile, await openFindings()), request, tell))) return { well: false };
    const guid = (await joined())!.guid!;
    return { well: true, result: { guid, csr: certificateRequest(guid, await readFile(places.key, 'utf8')) } };
  },

  join: async (request, tell) => {
    const findings = await openFindings();
    if (findings.now.hypervisor === undefined) throw new SetupError('The host was not prepared.', 'Run prepare first.');
    return (await inTurn(joinSteps, changed(profileFor(findings.now.hypervisor), findings), request, tell))
      ? { well: true, result: {} }
      : { well: false };
  },

  leave: async (_, tell) => {
    const findings = await openFindings();
    const profile = profileLabelled(findings.now.hypervisor ?? '');
    if (!profile) {
      const well = await told(tell, 'look for what was changed', notPrepared);
      return { well, ...(well && { result: {} }) };
    }
    const host = changed(profile, findings);
    const [last, ...first] = leaveSteps.toReversed();
    let well = true;
    // What fails keeps nothing from being undone, save for what is remembered: `leave` can be repeated.
    for (const undo of first.toReversed()) well = (await told(tell, undo.name, () => undo.do(host))) && well;
    well = well && (await told(tell, last!.name, () => last!.do(host)));
    return { well, ...(well && { result: {} }) };
  },
};

/** Does one after another, up to the first that fails. */
const inTurn = async <R>(steps: readonly Step<R>[], host: Changed, request: R, tell: Tell): Promise<boolean> => {
  for (const step of steps) if (!(await told(tell, step.name, () => step.do(host, request)))) return false;
  return true;
};

const changed = (profile: Profile, findings: Findings): Changed => ({ profile, findings, daemon: () => libvirtDaemon(profile) });

const profileFor = (label: string): Profile => {
  const profile = profileLabelled(label);
  if (profile) return profile;
  const known = catalogue.map((each) => each.label).join(', ');
  throw new SetupError(
    `No host of type ${JSON.stringify(label)} can be made; there are ${known}.`,
    'Choose a cluster of another type.',
  );
};

/** An agent that was put on its host otherwise is for those to take away who did. */
const notPrepared = async (): Promise<string> => {
  await removePrograms();
  return `nothing: there is no ${places.found}`;
};
