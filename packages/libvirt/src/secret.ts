import type { Caller } from './caller.ts';
import { procedures } from './procedures.ts';
import type { CallOptions } from './session.ts';
import type { SecretReference } from './wire-types.ts';

/** A secret that libvirt keeps, such as a storage cluster's key. */
export const secret = ({ call }: Caller, secret: SecretReference) => ({
  ...secret,
  async setValue(value: Uint8Array, options?: CallOptions): Promise<void> {
    await call(procedures.SECRET_SET_VALUE, { secret, value, flags: 0 }, options);
  },
  async value(options?: CallOptions): Promise<Uint8Array> {
    return (await call(procedures.SECRET_GET_VALUE, { secret, flags: 0 }, options)).value;
  },
  async xml(options?: CallOptions): Promise<string> {
    return (await call(procedures.SECRET_GET_XML_DESC, { secret, flags: 0 }, options)).xml;
  },
  async undefine(options?: CallOptions): Promise<void> {
    await call(procedures.SECRET_UNDEFINE, { secret }, options);
  },
});
export type Secret = ReturnType<typeof secret>;

/** The secrets of a host. */
export const secrets = (caller: Caller) => {
  const { call } = caller;
  const handle = (reference: SecretReference): Secret => secret(caller, reference);
  return {
    async list(flags = 0, options?: CallOptions): Promise<Secret[]> {
      return (await call(procedures.CONNECT_LIST_ALL_SECRETS, { need_results: 1, flags }, options)).secrets.map(handle);
    },
    async lookup(uuid: string, options?: CallOptions): Promise<Secret> {
      return handle((await call(procedures.SECRET_LOOKUP_BY_UUID, { uuid }, options)).secret);
    },
    async define(xml: string, flags = 0, options?: CallOptions): Promise<Secret> {
      return handle((await call(procedures.SECRET_DEFINE_XML, { xml, flags }, options)).secret);
    },
  };
};
