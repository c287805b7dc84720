import type { Readable, Writable } from 'node:stream';
import type { Caller } from './caller.ts';
import { procedures } from './procedures.ts';
import type { CallOptions } from './session.ts';
import type { StoragePoolReference, StorageVolumeReference } from './wire-types.ts';

/** Which bytes of a volume; a length of 0 is up to its end. */
type TransferOptions = CallOptions & { readonly offset?: bigint; readonly length?: bigint; readonly flags?: number };

/** A pool of volumes. The UUID decides which; the name is not needed. */
export const storagePool = (caller: Caller, pool: StoragePoolReference) => {
  const { call } = caller;
  const volume = (vol: StorageVolumeReference) => storageVolume(caller, vol);
  return {
    ...pool,
    /** Makes what the pool needs (a directory, a volume group): VIR_STORAGE_POOL_BUILD_. */
    async build(flags = 0, options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_BUILD, { pool, flags }, options);
    },
    async start(flags = 0, options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_CREATE, { pool, flags }, options);
    },
    /** Stops using it; what it holds stays. */
    async destroy(options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_DESTROY, { pool }, options);
    },
    async undefine(options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_UNDEFINE, { pool }, options);
    },
    /** Removes what build() made. */
    async delete(flags = 0, options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_DELETE, { pool, flags }, options);
    },
    /** Looks for volumes anew. */
    async refresh(options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_REFRESH, { pool, flags: 0 }, options);
    },
    /** VIR_STORAGE_POOL_ state; capacity, allocation and what is available, in bytes. */
    info(options?: CallOptions) {
      return call(procedures.STORAGE_POOL_GET_INFO, { pool }, options);
    },
    async xml(flags = 0, options?: CallOptions): Promise<string> {
      return (await call(procedures.STORAGE_POOL_GET_XML_DESC, { pool, flags }, options)).xml;
    },
    async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
      await call(procedures.STORAGE_POOL_SET_AUTOSTART, { pool, autostart: autostart ? 1 : 0 }, options);
    },
    async volumes(options?: CallOptions): Promise<StorageVolume[]> {
      const { vols } = await call(procedures.STORAGE_POOL_LIST_ALL_VOLUMES, { pool, need_results: 1, flags: 0 }, options);
      return vols.map(volume);
    },
    /** By its name in this pool; rejects, isNotFound, when there is none. */
    async volume(name: string, options?: CallOptions): Promise<StorageVolume> {
      return volume((await call(procedures.STORAGE_VOL_LOOKUP_BY_NAME, { pool, name }, options)).vol);
    },
    async createVolume(xml: string, flags = 0, options?: CallOptions): Promise<StorageVolume> {
      return volume((await call(procedures.STORAGE_VOL_CREATE_XML, { pool, xml, flags }, options)).vol);
    },
    /** Makes a volume with the content of another, which may be in another pool. */
    async cloneVolume(xml: string, { pool: from, name, key }: StorageVolumeReference, flags = 0, options?: CallOptions) {
      const clonevol = { pool: from, name, key };
      return volume((await call(procedures.STORAGE_VOL_CREATE_XML_FROM, { pool, xml, clonevol, flags }, options)).vol);
    },
  };
};
export type StoragePool = ReturnType<typeof storagePool>;

/** A volume, found by its key. */
export const storageVolume = ({ call, openStream }: Caller, vol: StorageVolumeReference) => ({
  ...vol,
  /** VIR_STORAGE_VOL_ type; capacity and allocation in bytes. */
  info(options?: CallOptions) {
    return call(procedures.STORAGE_VOL_GET_INFO, { vol }, options);
  },
  async xml(flags = 0, options?: CallOptions): Promise<string> {
    return (await call(procedures.STORAGE_VOL_GET_XML_DESC, { vol, flags }, options)).xml;
  },
  async path(options?: CallOptions): Promise<string> {
    return (await call(procedures.STORAGE_VOL_GET_PATH, { vol }, options)).name;
  },
  /** To a capacity in bytes (VIR_STORAGE_VOL_RESIZE_). */
  async resize(capacity: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.STORAGE_VOL_RESIZE, { vol, capacity, flags }, options);
  },
  async delete(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.STORAGE_VOL_DELETE, { vol, flags }, options);
  },
  /** Writes into the volume. `finish` means that libvirt has them all; more bytes than the volume takes are an error. */
  upload({ offset = 0n, length = 0n, flags = 0, ...options }: TransferOptions = {}): Promise<Writable> {
    return openStream(procedures.STORAGE_VOL_UPLOAD, { vol, offset, length, flags }, options);
  },
  download({ offset = 0n, length = 0n, flags = 0, ...options }: TransferOptions = {}): Promise<Readable> {
    return openStream(procedures.STORAGE_VOL_DOWNLOAD, { vol, offset, length, flags }, options);
  },
});
export type StorageVolume = ReturnType<typeof storageVolume>;

/** The storage pools of a host. */
export const storagePools = (caller: Caller) => {
  const { call } = caller;
  const handle = (pool: StoragePoolReference): StoragePool => storagePool(caller, pool);
  return {
    handle: (uuid: string): StoragePool => handle({ name: '', uuid }),
    /** VIR_CONNECT_LIST_STORAGE_POOLS_ filters. */
    async list(flags = 0, options?: CallOptions): Promise<StoragePool[]> {
      return (await call(procedures.CONNECT_LIST_ALL_STORAGE_POOLS, { need_results: 1, flags }, options)).pools.map(handle);
    },
    async lookup(uuid: string, options?: CallOptions): Promise<StoragePool> {
      return handle((await call(procedures.STORAGE_POOL_LOOKUP_BY_UUID, { uuid }, options)).pool);
    },
    async byName(name: string, options?: CallOptions): Promise<StoragePool> {
      return handle((await call(procedures.STORAGE_POOL_LOOKUP_BY_NAME, { name }, options)).pool);
    },
    async define(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
      return handle((await call(procedures.STORAGE_POOL_DEFINE_XML, { xml, flags }, options)).pool);
    },
    /** Starts a pool that is forgotten when it is destroyed. */
    async create(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
      return handle((await call(procedures.STORAGE_POOL_CREATE_XML, { xml, flags }, options)).pool);
    },
  };
};

/** Volumes of whatever pool. */
export const storageVolumes = (caller: Caller) => ({
  async byPath(path: string, options?: CallOptions): Promise<StorageVolume> {
    return storageVolume(caller, (await caller.call(procedures.STORAGE_VOL_LOOKUP_BY_PATH, { path }, options)).vol);
  },
  async byKey(key: string, options?: CallOptions): Promise<StorageVolume> {
    return storageVolume(caller, (await caller.call(procedures.STORAGE_VOL_LOOKUP_BY_KEY, { key }, options)).vol);
  },
});
