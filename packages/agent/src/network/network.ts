import { mkdir, readdir, rm } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { type NetworkDocument, networkDocument, PeerError } from '@virtstack/protocol';
import { readIfThere, writeAtomically } from '../system/files.ts';
import { ipv4Network } from './addresses.ts';
import { applyBridge, removeBridge } from './bridge.ts';
import { applyDnsmasq, stopDnsmasq } from './dnsmasq.ts';
import { applyMasquerade, removeMasquerade } from './masquerade.ts';

const documentPath = (directory: string): string => join(directory, 'document.json');

/** Makes the network on this host what the document says, whatever was there before. @throws {PeerError} */
export const applyNetworkDocument = async (document: NetworkDocument, directory: string): Promise<void> => {
  check(document);
  await applyBridge(document);
  // dnsmasq gives up its rights, and then passes through here.
  await mkdir(directory, { recursive: true, mode: 0o711 });
  await applyMasquerade(document);
  const text = JSON.stringify(document);
  const told = (await readIfThere(documentPath(directory))) === text;
  await applyDnsmasq(document, directory, told);
  if (!told) await writeAtomically(documentPath(directory), text);
};

/** Takes away all that `applyNetworkDocument` made; an unknown network is gone already. */
export const removeNetworkFrom = async (id: string, directory: string): Promise<void> => {
  const document = await savedDocument(directory);
  await stopDnsmasq(directory);
  await removeMasquerade(id);
  if (document) await removeBridge(document.bridge, id);
  await rm(directory, { recursive: true, force: true });
};

/** The networks that this host had: after it was rebooted they are made again, before a server asks. */
export const savedNetworks = async (directory: string): Promise<NetworkDocument[]> => {
  const found = await Promise.all((await readdir(directory)).map((name) => savedDocument(join(directory, name))));
  return found.filter((document) => document !== undefined);
};

const savedDocument = async (directory: string): Promise<NetworkDocument | undefined> => {
  const text = await readIfThere(documentPath(directory));
  return text === undefined ? undefined : networkDocument.parse(JSON.parse(text));
};

/** What would end up in a daemon's configuration must be what it claims to be. */
const check = ({ gateway, prefixLength, domain, leases }: NetworkDocument): void => {
  const refuse = (problem: string): never => {
    throw new PeerError('invalid', problem);
  };
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
  const { contains, address: base } = ipv4Network(gateway, prefixLength);
  if (domain !== undefined && !domain.split('.').every((part) => label.test(part)))
    refuse(`Not a domain's name: ${JSON.stringify(domain)}`);
  for (const { mac, address, hostname } of leases) {
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) refuse(`Not a MAC address: ${JSON.stringify(mac)}`);
    if (!label.test(hostname)) refuse(`Not a host's name: ${JSON.stringify(hostname)}`);
    if (!isIPv4(address) || !contains(address))
      refuse(`The address ${address} of ${hostname} is not in ${base}/${prefixLength}.`);
  }
};
