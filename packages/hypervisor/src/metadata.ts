import { readXml } from '@virtstack/libvirt/xml/read.ts';
import { elementsOf, textOf, type XmlElement } from '@virtstack/libvirt/xml/tree.ts';
import { writeXml } from '@virtstack/libvirt/xml/write.ts';

/** The namespace of our element in a domain's metadata; also what `virDomainGetMetadata` is asked for. */
export const guestNamespace = 'https://virtstack.dev/xmlns/guest/1';

/** The prefix that our element gets. */
export const guestPrefix = 'virtstack';

/** What a domain of this cloud says of itself. */
export interface GuestMetadata {
  readonly uuid: string;
  readonly epoch: number;
  /** Somebody else made the domain: its definition is never made anew. */
  readonly adopted?: boolean | undefined;
}

const attributesOf = ({ uuid, epoch, adopted }: GuestMetadata): Record<string, string> => ({
  uuid,
  epoch: String(epoch),
  ...(adopted && { adopted: 'yes' }),
});

export const metadataElement = (guest: GuestMetadata): XmlElement => ({
  name: `${guestPrefix}:guest`,
  attributes: { [`xmlns:${guestPrefix}`]: guestNamespace, ...attributesOf(guest) },
  children: [],
});

/** The same as libvirt takes it for a domain that is there: bare, for it adds prefix and namespace itself. */
export const bareMetadata = (guest: GuestMetadata): string =>
  writeXml({ name: 'guest', attributes: attributesOf(guest), children: [] });

/**
 * Reads it back from a domain's XML, or from the bare element that libvirt answers when asked for our namespace.
 * Undefined: a foreign domain, also one that was cloned from ours and has another uuid. Throws XmlError when the text is no XML.
 */
export function guestMetadata(xml: string): GuestMetadata | undefined {
  const root = readXml(xml);
  const bare = root.name !== 'domain';
  const ours = bare ? [root] : elementsOf(root, 'metadata').flatMap((metadata) => elementsOf(metadata));
  // libvirt takes the prefix and the namespace away from the bare element.
  const element = ours.find(
    ({ name, namespace }) => localName(name) === 'guest' && (namespace ?? (bare ? guestNamespace : '')) === guestNamespace,
  );
  const { uuid, epoch, adopted } = element?.attributes ?? {};
  if (uuid === undefined || !/^\d{1,15}$/.test(epoch ?? '')) return undefined;
  if (!bare && !elementsOf(root, 'uuid').some((own) => textOf(own) === uuid)) return undefined;
  return { uuid, epoch: Number(epoch), ...(adopted === 'yes' && { adopted: true }) };
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
