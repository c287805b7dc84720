import {
  type Domain,
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
  xml,
} from '@virtstack/libvirt';
import type { UnmanagedNic } from '@virtstack/protocol';
import type { Host } from '../host.ts';

const ASK_MS = 4_000;
const IPV4 = 0;
/** What is not an address of one machine (the unknown one, of loop-back, link-local). */
const idle = /^(0|127|169\.254)\./;

/** A domain's NICs: the bridge of each, and its address where libvirt knows one. */
export const nicsOf = async (
  { libvirt }: Pick<Host, 'libvirt'>,
  domain: Domain,
  interfaces: readonly xml.NetworkInterface[],
  running: boolean,
): Promise<UnmanagedNic[]> => {
  const addresses = running ? await addressesOf(domain) : new Map<string, string>();
  return Promise.all(
    interfaces.map(async ({ type, mac, source, model }): Promise<UnmanagedNic> => {
      const address = mac && addresses.get(mac.address.toLowerCase());
      const bridge = source?.bridge ?? (source?.network === undefined ? undefined : await bridgeOf(libvirt, source.network));
      return {
        mac: mac?.address.toLowerCase() ?? '',
        type,
        ...(model && { model: model.type }),
        ...(bridge !== undefined && { bridge }),
        ...(source?.network !== undefined && { network: source.network }),
        ...(address !== undefined && { address }),
      };
    }),
  );
};

/** A network of libvirt's may have none, or be gone. */
const bridgeOf = async ({ now }: Host['libvirt'], name: string): Promise<string | undefined> => {
  try {
    const network = await now.queries.networks.byName(name, { timeoutMs: ASK_MS });
    return xml.parse(xml.network, await network.xml(0, { timeoutMs: ASK_MS })).bridge?.name;
  } catch {
    return undefined;
  }
};

/** By MAC. Not every driver answers, and of a NIC that is silent nobody knows. */
const addressesOf = async (domain: Domain): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const source of [VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP]) {
    const interfaces = await domain.interfaceAddresses(source, 0, { timeoutMs: ASK_MS }).catch(() => []);
    for (const { hwaddr, addrs } of interfaces) {
      const address = addrs.find(({ type, addr }) => type === IPV4 && !idle.test(addr))?.addr;
      if (hwaddr !== null && address !== undefined) found.set(hwaddr.toLowerCase(), address);
    }
  }
  return found;
};
