import type { Caller } from '../caller.ts';
import { procedures } from '../procedures.ts';
import type { CallOptions } from '../session.ts';
import type { DomainReference } from '../wire-types.ts';

type MetadataOptions = CallOptions & { readonly flags?: number };

/** A domain's life and description. */
export const lifecycle = ({ call }: Caller, dom: DomainReference) => ({
  /** Starts a defined domain (VIR_DOMAIN_START_); rejects, isInvalidState, when it runs. */
  async start(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_CREATE_WITH_FLAGS, { dom, flags }, options);
  },
  /** Asks the guest to shut down (VIR_DOMAIN_SHUTDOWN_) and does not wait until it has. */
  async shutdown(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SHUTDOWN_FLAGS, { dom, flags }, options);
  },
  /** Asks the guest to reboot (VIR_DOMAIN_REBOOT_). */
  async reboot(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_REBOOT, { dom, flags }, options);
  },
  /** Pulls the reset line. */
  async reset(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_RESET, { dom, flags }, options);
  },
  /** Powers off (VIR_DOMAIN_DESTROY_); the definition stays, if there is one. */
  async destroy(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_DESTROY_FLAGS, { dom, flags }, options);
  },
  /** Removes the definition (VIR_DOMAIN_UNDEFINE_); a running domain becomes transient. */
  async undefine(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_UNDEFINE_FLAGS, { dom, flags }, options);
  },
  /** Stops the virtual processors; memory and devices stay. */
  async suspend(options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SUSPEND, { dom }, options);
  },
  async resume(options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_RESUME, { dom }, options);
  },
  async rename(name: string, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_RENAME, { dom, new_name: name, flags: 0 }, options);
  },
  /** The domain's document (VIR_DOMAIN_XML_): of the running domain, or of the definition. */
  async xml(flags = 0, options?: CallOptions): Promise<string> {
    return (await call(procedures.DOMAIN_GET_XML_DESC, { dom, flags }, options)).xml;
  },
  /** A VIR_DOMAIN_ state and the reason, whose meaning depends on the state. */
  state(options?: CallOptions): Promise<{ readonly state: number; readonly reason: number }> {
    return call(procedures.DOMAIN_GET_STATE, { dom, flags: 0 }, options);
  },
  /** State, memory and its maximum in KiB, virtual processors, processor time used in ns. */
  info(options?: CallOptions) {
    return call(procedures.DOMAIN_GET_INFO, { dom }, options);
  },
  /** Whether the daemon's control channel to the domain is free (VIR_DOMAIN_CONTROL_). */
  controlInfo(options?: CallOptions) {
    return call(procedures.DOMAIN_GET_CONTROL_INFO, { dom, flags: 0 }, options);
  },
  /** What the driver holds against the domain: taints, deprecations. */
  async messages(flags = 0, options?: CallOptions): Promise<readonly string[]> {
    return (await call(procedures.DOMAIN_GET_MESSAGES, { dom, flags }, options)).msgs;
  },
  /** An element of a namespace of one's own, title or description (VIR_DOMAIN_METADATA_); rejects, isNotFound, where there is none. */
  async metadata(type: number, uri: string | null = null, { flags = 0, ...options }: MetadataOptions = {}): Promise<string> {
    return (await call(procedures.DOMAIN_GET_METADATA, { dom, type, uri, flags }, options)).metadata;
  },
  /** Sets it, or removes it with null. `key` is the prefix for the namespace `uri`. */
  async setMetadata(
    type: number,
    metadata: string | null,
    { key = null, uri = null }: { readonly key?: string | null; readonly uri?: string | null } = {},
    { flags = 0, ...options }: MetadataOptions = {},
  ): Promise<void> {
    await call(procedures.DOMAIN_SET_METADATA, { dom, type, metadata, key, uri, flags }, options);
  },
  async autostart(options?: CallOptions): Promise<boolean> {
    return (await call(procedures.DOMAIN_GET_AUTOSTART, { dom }, options)).autostart !== 0;
  },
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_AUTOSTART, { dom, autostart: autostart ? 1 : 0 }, options);
  },
});
