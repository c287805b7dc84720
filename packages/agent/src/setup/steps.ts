import { agent } from './steps/agent.ts';
import { certificate } from './steps/certificate.ts';
import { directory } from './steps/directory.ts';
import { guests } from './steps/guests.ts';
import { identity } from './steps/identity.ts';
import { libvirt } from './steps/libvirt.ts';
import { libvirtTls } from './steps/libvirt-tls.ts';
import { lockManager } from './steps/lock-manager.ts';
import { networks } from './steps/networks.ts';
import { packages } from './steps/packages.ts';
import { pools } from './steps/pools.ts';
import type { Undo } from './steps/step.ts';
import { unit } from './steps/unit.ts';

export const prepareSteps = [directory, packages, libvirt, lockManager, identity, unit] as const;
export const joinSteps = [certificate, libvirtTls, agent] as const;

const undos = [...prepareSteps, ...joinSteps].flatMap(({ undo }) => (undo ? [undo] : [])).toReversed();

/** The undos of all steps, the last first. Between the agent's end and all else stands what the agent made. */
const [stopAgent, ...others] = undos as [Undo, ...Undo[]];
export const leaveSteps: readonly Undo[] = [stopAgent, guests, networks, pools, ...others];
