import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { removeNetworkFrom, savedNetworks } from '../../network/network.ts';
import { allGuests, namesIn } from '../guests.ts';
import { places } from '../places.ts';
import type { Undo } from './step.ts';

/** Bridges, DHCP and rules that the agent made; not those in which a guest still is. */
export const networks: Undo = {
  name: 'take networks away',
  do: async () => {
    const ids = await namesIn(places.agent.networks);
    if (ids.length === 0) return 'there is none';
    const documents = new Map((await savedNetworks(places.agent.networks)).map((document) => [document.id, document]));
    return (await Promise.all(ids.map((id) => takeAway(id, documents.get(id))))).join('; ');
  },
};

/** One that was never finished has no document. */
const takeAway = async (id: string, document: NetworkDocument | undefined): Promise<string> => {
  const joined = document ? await joinedTo(document) : [];
  const bridge = document?.bridge ?? id;
  if (joined.length > 0) return `${bridge} stays with its DHCP and its rules, for guests use it (${joined.join(', ')})`;
  try {
    await removeNetworkFrom(id, places.agent.network(id));
    return bridge;
  } catch (error) {
    // A guest came meanwhile.
    if (error instanceof PeerError && error.kind === 'in-use') return `${bridge} stays: ${error.message}`;
    throw error;
  }
};

/** The admin's own bridge has ports of his, too: there every guest that runs may be one. */
const joinedTo = async ({ bridge, ownBridge }: NetworkDocument): Promise<string[]> =>
  ownBridge
    ? namesIn(`/sys/class/net/${bridge}/brif`)
    : (await allGuests()).filter(({ ours, running }) => ours && running).map(({ name }) => name);
