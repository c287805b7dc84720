import { text } from './codec.ts';
import { attribute, child, element, required, size, textChild, type Value } from './declare.ts';

const permissions = element('permissions', {
  mode: textChild(text),
  owner: textChild(text),
  group: textChild(text),
  label: textChild(text),
});

/** libvirt's `<pool>`: https://libvirt.org/formatstorage.html */
export const storagePool = element('pool', {
  type: required(attribute(text)),
  name: required(textChild(text)),
  uuid: textChild(text),
  capacityBytes: size('bytes', 'bytes', 'capacity'),
  allocationBytes: size('bytes', 'bytes', 'allocation'),
  availableBytes: size('bytes', 'bytes', 'available'),
  source: child(
    element('source', {
      name: textChild(text),
      host: child(element('host', { name: required(attribute(text)) })),
      directory: child(element('dir', { path: required(attribute(text)) })),
      format: child(element('format', { type: required(attribute(text)) })),
    }),
  ),
  target: child(element('target', { path: textChild(text), permissions: child(permissions) })),
});
export type StoragePool = Value<typeof storagePool>;

const format = element('format', { type: required(attribute(text)) });

/** libvirt's `<volume>` */
export const storageVolume = element('volume', {
  type: attribute(text),
  name: required(textChild(text)),
  key: textChild(text),
  capacityBytes: size('bytes', 'bytes', 'capacity'),
  allocationBytes: size('bytes', 'bytes', 'allocation'),
  physicalBytes: size('bytes', 'bytes', 'physical'),
  target: child(element('target', { path: textChild(text), format: child(format), permissions: child(permissions) })),
  backingStore: child(element('backingStore', { path: textChild(text), format: child(format) })),
});
export type StorageVolume = Value<typeof storageVolume>;
