import type { PeerError } from '@virtstack/protocol';
import { CloudError, type ErrorKind } from '../error.ts';

/** What a kind of refusal is to the caller. `words`: what he is told; absent: the refusal's own words are meant for whoever asked. */
type Meaning = { readonly kind: ErrorKind; readonly words?: string };
/** What the refusals of one kind of peer mean; `otherwise` of all kinds that are not named. */
export type Refusals = { readonly otherwise: Meaning; readonly [kind: string]: Meaning };

const reason = 'An admin finds the reason in the server’s log.';
const away = (who: string): Meaning => ({
  kind: 'unavailable',
  words: `The ${who} cannot be reached or did not answer in time. Try again later. ${reason}`,
});

/** An agent speaks of paths, bridges, programs and hosts: that is for admins. */
export const agentRefusals: Refusals = {
  otherwise: { kind: 'internal', words: `The host could not do it. ${reason}` },
  disconnected: away('host'),
  timeout: away('host'),
  aborted: away('host'),
  unavailable: away('host'),
  'storage-away': { kind: 'unavailable', words: `The storage cannot be used now. Try again later. ${reason}` },
  'disk-full': { kind: 'capacity', words: `The storage of the host is full. ${reason}` },
  'in-use': { kind: 'in-use', words: `It is in use on the host. ${reason}` },
  'not-plugged': {
    kind: 'conflict',
    words: `The virtual machine could not be given the disk while it runs. Stop it, attach the volume and start it. ${reason}`,
  },
  // Of the guest and its own disk alone.
  'not-let-go': { kind: 'in-use' },
  'not-moved': {
    kind: 'conflict',
    words: `The virtual machine did not move to the other host: it runs on where it was. ${reason}`,
  },
  'no-disk': {
    kind: 'conflict',
    words: `The virtual machine did not move: the other host does not reach one of its disks. Choose another host, or have an admin look after that host’s storage pools. ${reason}`,
  },
  'no-bridge': {
    kind: 'conflict',
    words: `The virtual machine did not move: the other host has no connection to one of its networks. Choose another host, or have an admin compare the bridges of both hosts with the traffic labels of the zone. ${reason}`,
  },
  active: {
    kind: 'conflict',
    words: `The host has the virtual machine itself: nothing of it is taken away there. Try again when its state is shown anew. ${reason}`,
  },
  conflict: { kind: 'conflict', words: `The host has something else in its place. ${reason}` },
  foreign: { kind: 'conflict', words: `The host has it from somebody else. ${reason}` },
  'not-adoptable': { kind: 'conflict', words: `Something on the host stands against it. ${reason}` },
  'unknown-method': {
    kind: 'unsupported',
    words: `The host is of an older version than the cloud. Try again when it was updated. ${reason}`,
  },
  'stale-epoch': { kind: 'conflict', words: 'Something newer was asked of the host meanwhile.' },
  'invalid-state': { kind: 'internal', words: `It is not in a state in which the host can do this. ${reason}` },
  'not-found': { kind: 'internal', words: `The host does not have what this is about. ${reason}` },
  invalid: { kind: 'internal', words: `The host does not take this as it was asked for. ${reason}` },
  unsupported: { kind: 'unsupported', words: `The host cannot do this. Another host may be able to. ${reason}` },
  checksum: { kind: 'internal', words: `What the host fetched is not what was sent. Try again. ${reason}` },
  libvirt: { kind: 'internal', words: `The host’s libvirt refused it. ${reason}` },
  'command-failed': { kind: 'internal', words: `A program on the host failed. ${reason}` },
  'missing-program': {
    kind: 'internal',
    words: `The host lacks a program that is needed for this. An admin adds what is missing, or adds the host anew. ${reason}`,
  },
  internal: { kind: 'internal', words: `The host could not do it. ${reason}` },
  'start-failed': { kind: 'internal', words: `The virtual machine was started and ended at once. ${reason}` },
};

/** An image store speaks of the image that it was asked to fetch: that is for whoever asked. */
export const imageStoreRefusals: Refusals = {
  otherwise: { kind: 'internal' },
  disconnected: away('image store'),
  timeout: away('image store'),
  aborted: { kind: 'unavailable' },
  unavailable: { kind: 'unavailable' },
  internal: { kind: 'internal', words: `The image store could not do it. ${reason}` },
  store: { kind: 'internal', words: `The image store cannot be written to. ${reason}` },
};

/** The other side's refusal as an error of ours; `detail.kind` keeps its word. */
export function meantBy(refusals: Refusals, cause: PeerError): CloudError {
  const { kind, message, detail } = cause;
  const meaning = (Object.hasOwn(refusals, kind) && refusals[kind]) || refusals.otherwise;
  const told = { cause, detail: { kind, message, detail } };
  return meaning.words === undefined
    ? new CloudError(meaning.kind, message, told)
    : new CloudError(meaning.kind, meaning.words, { ...told, forAdmins: message });
}

/** There is nobody to ask. */
export const nobodyThere = (refusals: Refusals, forAdmins: string): CloudError =>
  new CloudError('unavailable', refusals.disconnected!.words!, { forAdmins });

/** The word by which an agent or an image store refused; undefined where the error is none of theirs. */
export function refusalKind(error: unknown): string | undefined {
  if (!(error instanceof CloudError)) return undefined;
  const { detail } = error;
  return typeof detail === 'object' && detail !== null && 'kind' in detail && typeof detail.kind === 'string'
    ? detail.kind
    : undefined;
}
