import { writeFile } from 'node:fs/promises';
import type { NetworkDocument } from '@virtstack/protocol';
import { run } from '../system/run.ts';
import { ipv4Network } from './addresses.ts';

const table = (id: string): string => `ip virtstack-${id}`;

/** A table of our own, replaced as a whole in one step: nothing else on the host is touched. */
export const applyMasquerade = async (document: NetworkDocument): Promise<void> => {
  const { id, bridge, gateway, prefixLength, masquerade } = document;
  if (!masquerade) return removeMasquerade(id);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1\n');
  const guests = `${ipv4Network(gateway, prefixLength).address}/${prefixLength}`;
  const rule = `ip saddr ${guests} ip daddr != ${guests} oifname != "${bridge}" masquerade`;
  const chain = `chain postrouting {\ntype nat hook postrouting priority srcnat; policy accept;\n${rule}\n}`;
  await nft(`${without(id)}table ${table(id)} {\n${chain}\n}\n`);
};

export const removeMasquerade = (id: string): Promise<void> => nft(without(id));

// Making it first lets the deletion succeed where there was none.
const without = (id: string): string => `table ${table(id)} {}\ndelete table ${table(id)}\n`;

const nft = async (commands: string): Promise<void> => {
  await run(['nft', '-f', '-'], { input: commands });
};
