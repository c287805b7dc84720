import { cidr } from '@virtstack/protocol';

/** The networks of a comma-separated list; nothing where one is none, or is all there are (`/0` would open every address, one's own included). */
export function cidrList(text: string): readonly string[] | undefined {
  const networks = text.split(',').map((entry) => entry.trim());
  if (networks.length === 1 && networks[0] === '') return [];
  return networks.every((network) => cidr.safeParse(network).success && !network.endsWith('/0')) ? networks : undefined;
}
