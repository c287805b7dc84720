import { writeFile } from 'node:fs/promises';
import { type NetworkDocument, PeerError } from '@virtstack/protocol';
import { run } from '../system/run.ts';
import { ipv4Network } from './addresses.ts';

const table = (id: string): string => `table ip virtstack-${id}`;

/** A table of our own, replaced as a whole in one step where it is not as it should be: nothing else on the host is touched. */
export const applyMasquerade = async (document: NetworkDocument): Promise<void> => {
  const { id, bridge, gateway, prefixLength, masquerade } = document;
  if (!masquerade) return removeMasquerade(id);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1\n');
  const guests = `${ipv4Network(gateway, prefixLength).address}/${prefixLength}`;
  const wanted = tableText(id, `ip saddr ${guests} ip daddr != ${guests} oifname != "${bridge}" masquerade`);
  // Replacing waits for the kernel, looking does not.
  if ((await listing(id)) !== wanted) await nft(`${without(id)}${wanted}`);
};

/** In nft's own form, to the letter: so it is listed. */
const tableText = (id: string, rule: string): string =>
  `${table(id)} {
\tchain postrouting {
\t\ttype nat hook postrouting priority srcnat; policy accept;
\t\t${rule}
\t}
}
`;

const listing = (id: string): Promise<string | undefined> =>
  run(['nft', 'list', table(id)]).catch((error: unknown) => {
    if (error instanceof PeerError && error.kind === 'command-failed') return undefined;
    throw error;
  });

export const removeMasquerade = (id: string): Promise<void> => nft(without(id));

// Making it first lets the deletion succeed where there was none.
const without = (id: string): string => `${table(id)} {}\ndelete ${table(id)}\n`;

const nft = async (commands: string): Promise<void> => {
  await run(['nft', '-f', '-'], { input: commands });
};
