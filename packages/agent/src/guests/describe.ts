import { setTimeout as pause } from 'node:timers/promises';
import { type GuestMetadata, guestMetadata, guestNamespace } from '@virtstack/hypervisor';
import {
  type Connection,
  type Domain,
  hasCode,
  isNotFound,
  isTimeout,
  VIR_DOMAIN_METADATA_ELEMENT,
  VIR_ERR_INTERNAL_ERROR,
  VIR_ERR_NO_DOMAIN_METADATA,
} from '@virtstack/libvirt';
import type { GuestReport } from '@virtstack/protocol';
import { guestStateOf } from './state.ts';

/**
 * A guest as libvirt has it now; `epoch` is that of the order that defined it, undefined for a foreign one. `run` (libvirt's id) is another for
 * each of its runs, undefined while it is down. `adopted`: it is ours, and its definition was made by somebody else.
 */
export type Described = GuestReport & { readonly epoch?: number; readonly run?: number; readonly adopted?: boolean };

// One that hangs (a driver may hold it for 60 s) must not hold up what is told of the others, and whoever asks for a report waits 10 s.
const TIMEOUT_MS = 4_000;
/** Between a guest's end and its driver's notice of it the driver can fail (`VIR_ERR_INTERNAL_ERROR`): so often and so long it is asked again. */
const GOING_PAUSES_MS = [50, 100, 200, 400, 800, 1600];

/** Asks for one domain. */
export const describe = async (connection: Connection, uuid: string): Promise<Described> => {
  try {
    return await describeDomain(await connection.domains.lookup(uuid, { timeoutMs: TIMEOUT_MS }));
  } catch (error) {
    if (isNotFound(error)) return { uuid, name: '', state: 'absent', ours: false };
    if (isTimeout(error)) return { uuid, name: '', state: 'unknown', reason: 'libvirt does not answer for it', ours: false };
    throw error;
  }
};

/** Asks for the state of a domain that was looked up. */
export const describeDomain = async (domain: Domain): Promise<Described> => {
  for (const ms of GOING_PAUSES_MS) {
    try {
      return await describeOnce(domain);
    } catch (error) {
      if (!hasCode(error, VIR_ERR_INTERNAL_ERROR)) throw error;
      await pause(ms);
    }
  }
  return describeOnce(domain);
};

const describeOnce = async (domain: Domain): Promise<Described> => {
  const { uuid, name, id } = domain;
  try {
    const options = { timeoutMs: TIMEOUT_MS };
    const [state, info, mark] = await Promise.all([domain.state(options), domain.info(options), markOf(domain)]);
    const size = { vcpus: info.nrVirtCpu, memoryKiB: Number(info.maxMem) };
    const own = { ...(mark && { epoch: mark.epoch }), ...(mark?.adopted && { adopted: true }), ...(id >= 0 && { run: id }) };
    return { uuid, name, ...guestStateOf(state), ours: mark !== undefined, ...size, ...own };
  } catch (error) {
    if (isTimeout(error)) return { uuid, name, state: 'unknown', reason: 'libvirt does not answer for it', ours: false };
    if (isNotFound(error)) return { uuid, name, state: 'absent', ours: false };
    throw error;
  }
};

/** What our metadata says; a clone of a guest of ours has another uuid and is foreign. */
const markOf = async (domain: Domain): Promise<GuestMetadata | undefined> => {
  try {
    const found = guestMetadata(await domain.metadata(VIR_DOMAIN_METADATA_ELEMENT, guestNamespace, { timeoutMs: TIMEOUT_MS }));
    return found?.uuid === domain.uuid ? found : undefined;
  } catch (error) {
    if (hasCode(error, VIR_ERR_NO_DOMAIN_METADATA)) return undefined;
    throw error;
  }
};

/** Without what is the agent's own. */
export const asReport = ({ epoch: _, run: __, adopted: ___, ...report }: Described): GuestReport => report;
