import { call, event, program, REMOTE_PROGRAM } from '../procedure.ts';
import { LIST_MAX, storagePool, storageVolume, string, uuid } from '../wire-types.ts';
import { array, int, optional, uhyper, uint } from '../xdr.ts';

/** Storage pools and volumes. */
export const storageProcedures = program(REMOTE_PROGRAM, {
  CONNECT_LIST_ALL_STORAGE_POOLS: call(
    281,
    { need_results: int, flags: uint },
    { pools: array(storagePool, LIST_MAX), ret: uint },
    { high: true },
  ),
  STORAGE_POOL_LOOKUP_BY_NAME: call(84, { name: string }, { pool: storagePool }, { high: true }),
  STORAGE_POOL_LOOKUP_BY_UUID: call(85, { uuid }, { pool: storagePool }, { high: true }),
  STORAGE_POOL_CREATE_XML: call(76, { xml: string, flags: uint }, { pool: storagePool }, { long: true }),
  STORAGE_POOL_DEFINE_XML: call(77, { xml: string, flags: uint }, { pool: storagePool }, { high: true }),
  STORAGE_POOL_BUILD: call(79, { pool: storagePool, flags: uint }, undefined, { long: true }),
  STORAGE_POOL_CREATE: call(78, { pool: storagePool, flags: uint }, undefined, { long: true }),
  STORAGE_POOL_DESTROY: call(80, { pool: storagePool }, undefined, { high: true }),
  STORAGE_POOL_UNDEFINE: call(82, { pool: storagePool }, undefined, { high: true }),
  STORAGE_POOL_DELETE: call(81, { pool: storagePool, flags: uint }, undefined, { long: true }),
  STORAGE_POOL_REFRESH: call(83, { pool: storagePool, flags: uint }, undefined, { long: true }),
  STORAGE_POOL_GET_INFO: call(
    87,
    { pool: storagePool },
    { state: uint, capacity: uhyper, allocation: uhyper, available: uhyper },
    { high: true },
  ),
  STORAGE_POOL_GET_XML_DESC: call(88, { pool: storagePool, flags: uint }, { xml: string }, { high: true }),
  STORAGE_POOL_SET_AUTOSTART: call(90, { pool: storagePool, autostart: int }, undefined, { high: true }),
  STORAGE_POOL_LIST_ALL_VOLUMES: call(
    282,
    { pool: storagePool, need_results: int, flags: uint },
    { vols: array(storageVolume, LIST_MAX), ret: uint },
    { high: true },
  ),
  STORAGE_VOL_LOOKUP_BY_NAME: call(95, { pool: storagePool, name: string }, { vol: storageVolume }, { high: true }),
  STORAGE_VOL_LOOKUP_BY_PATH: call(97, { path: string }, { vol: storageVolume }, { high: true }),
  STORAGE_VOL_LOOKUP_BY_KEY: call(96, { key: string }, { vol: storageVolume }, { high: true }),
  STORAGE_VOL_CREATE_XML: call(93, { pool: storagePool, xml: string, flags: uint }, { vol: storageVolume }, { long: true }),
  STORAGE_VOL_CREATE_XML_FROM: call(
    125,
    { pool: storagePool, xml: string, clonevol: storageVolume, flags: uint },
    { vol: storageVolume },
    { long: true },
  ),
  STORAGE_VOL_DELETE: call(94, { vol: storageVolume, flags: uint }, undefined, { long: true }),
  STORAGE_VOL_WIPE_PATTERN: call(259, { vol: storageVolume, algorithm: uint, flags: uint }, undefined, { long: true }),
  STORAGE_VOL_RESIZE: call(260, { vol: storageVolume, capacity: uhyper, flags: uint }, undefined, { long: true }),
  STORAGE_VOL_GET_INFO: call(98, { vol: storageVolume }, { type: int, capacity: uhyper, allocation: uhyper }, { high: true }),
  STORAGE_VOL_GET_INFO_FLAGS: call(
    378,
    { vol: storageVolume, flags: uint },
    { type: int, capacity: uhyper, allocation: uhyper },
    { high: true },
  ),
  STORAGE_VOL_GET_XML_DESC: call(99, { vol: storageVolume, flags: uint }, { xml: string }, { high: true }),
  STORAGE_VOL_GET_PATH: call(100, { vol: storageVolume }, { name: string }, { high: true }),
  STORAGE_VOL_UPLOAD: call(208, { vol: storageVolume, offset: uhyper, length: uhyper, flags: uint }, undefined, {
    stream: 'upload',
  }),
  STORAGE_VOL_DOWNLOAD: call(209, { vol: storageVolume, offset: uhyper, length: uhyper, flags: uint }, undefined, {
    stream: 'download',
  }),
  CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY: call(
    368,
    { eventID: int, pool: optional(storagePool) },
    { callbackID: int },
    { high: true },
  ),
  CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY: call(369, { callbackID: int }, undefined, { high: true }),
  STORAGE_POOL_EVENT_LIFECYCLE: event(370, { callbackID: int, pool: storagePool, event: int, detail: int }),
  STORAGE_POOL_EVENT_REFRESH: event(373, { callbackID: int, pool: storagePool }),
});
