import {
  array,
  double,
  fixedOpaque,
  hyper,
  int,
  mapped,
  optional,
  struct,
  text,
  uhyper,
  uint,
  union,
  type Value,
} from './xdr.ts';

/** Names and documents: at most 4 MiB. */
export const string = text(4_194_304);

const hexUuid = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const uuidBytes = (uuid: string): Uint8Array => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** 16 bytes on the wire, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` here. */
export const uuid = mapped(fixedOpaque(16), { from: hexUuid, to: uuidBytes });

/** C's `char x[n]` and `char x<n>`, which libvirt's own files declare as numbers: four bytes a character. */
export const charsToText = (chars: readonly number[]): string => {
  const end = chars.indexOf(0);
  return Buffer.from(end < 0 ? chars : chars.slice(0, end)).toString('utf8');
};

export const domain = struct({ name: string, uuid, id: int });
export const network = struct({ name: string, uuid });
export const nwfilter = struct({ name: string, uuid });
export const nwfilterBinding = struct({ portdev: string, filtername: string });
export const storagePool = struct({ name: string, uuid });
export const storageVolume = struct({ pool: string, name: string, key: string });
export const nodeDevice = struct({ name: string });
export const secret = struct({ uuid, usageType: int, usageID: string });
export const snapshot = struct({ name: string, dom: domain });
export const checkpoint = struct({ name: string, dom: domain });

/** A domain as it travels: the UUID decides, name and id may be wrong; id is -1 when it does not run. */
export type DomainReference = Value<typeof domain>;
export type NetworkReference = Value<typeof network>;
export type StoragePoolReference = Value<typeof storagePool>;
export type StorageVolumeReference = Value<typeof storageVolume>;
export type SecretReference = Value<typeof secret>;

/** A named value that says its own type; 64-bit integers are bigint. */
export const typedParameter = struct({
  field: string,
  value: union({
    int: [1, int],
    uint: [2, uint],
    llong: [3, hyper],
    ullong: [4, uhyper],
    double: [5, double],
    boolean: [6, mapped(int, { from: (wire) => wire !== 0, to: (value) => (value ? 1 : 0) })],
    string: [7, string],
  }),
});
export type TypedParameter = Value<typeof typedParameter>;

/** A list of parameters; how many are allowed differs by call. */
export const parameters = (limit: number) => array(typedParameter, limit);

/** The most objects that a list call carries. */
export const LIST_MAX = 16_384;
export const NODE_DEVICE_LIST_MAX = 65_536;

/** The error that a daemon answers with. */
export const remoteError = struct({
  code: int,
  domain: int,
  message: optional(string),
  level: int,
  dom: optional(domain),
  str1: optional(string),
  str2: optional(string),
  str3: optional(string),
  int1: int,
  int2: int,
  net: optional(network),
});
export type RemoteError = Value<typeof remoteError>;
