import type { Duplex, Readable } from 'node:stream';
import type { Caller } from '../caller.ts';
import { procedures } from '../procedures.ts';
import type { CallOptions } from '../session.ts';
import type { DomainReference } from '../wire-types.ts';

type PortOptions = CallOptions & {
  /** Alias of the device; default: the first. */
  readonly device?: string | undefined;
  /** VIR_DOMAIN_CONSOLE_ or VIR_DOMAIN_CHANNEL_: FORCE takes it from whoever has it, SAFE asks for exclusive use. */
  readonly flags?: number;
};

/** libvirt's own time-out for an agent's answer. */
const AGENT_BLOCKS = -2;

/** What reaches into the guest. Each stream has a connection of its own. */
export const guest = ({ call, openStream }: Caller, dom: DomainReference) => ({
  /** The serial or paravirtual console: what the guest says can be read, what is written it hears. destroy() lets go of it. */
  openConsole({ device, flags = 0, ...options }: PortOptions = {}): Promise<Duplex> {
    return openStream(procedures.DOMAIN_OPEN_CONSOLE, { dom, dev_name: device ?? null, flags }, options);
  },
  /** A channel by its target's name, where the driver has this call. */
  openChannel({ device, flags = 0, ...options }: PortOptions = {}): Promise<Duplex> {
    return openStream(procedures.DOMAIN_OPEN_CHANNEL, { dom, name: device ?? null, flags }, options);
  },
  /** A picture of the screen, in the driver's format (PNG or PPM). */
  screenshot(screen = 0, options?: CallOptions): Promise<Readable> {
    return openStream(procedures.DOMAIN_SCREENSHOT, { dom, screen, flags: 0 }, options);
  },
  /** A command for the guest agent, JSON both ways; `timeout` in s, or -2 for libvirt's own, -1 for none to be set. Only one driver has it. */
  async agentCommand(cmd: string, timeout = AGENT_BLOCKS, options?: CallOptions): Promise<string | null> {
    return (await call(procedures.DOMAIN_AGENT_COMMAND, { dom, cmd, timeout, flags: 0 }, options)).result;
  },
  /** A command for the process that runs the domain (QMP), JSON both ways. Only one driver has it; it taints the domain. */
  async monitorCommand(cmd: string, flags = 0, options?: CallOptions): Promise<string> {
    return (await call(procedures.DOMAIN_MONITOR_COMMAND, { dom, cmd, flags }, options)).result;
  },
  /** Sets a user's password in the guest, by its agent (VIR_DOMAIN_PASSWORD_ENCRYPTED: it is a hash). */
  async setUserPassword(user: string, password: string, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_USER_PASSWORD, { dom, user, password, flags }, options);
  },
  /** How many file systems were frozen. */
  async freezeFilesystems(options?: CallOptions): Promise<number> {
    return (await call(procedures.DOMAIN_FSFREEZE, { dom, mountpoints: [], flags: 0 }, options)).filesystems;
  },
  async thawFilesystems(options?: CallOptions): Promise<number> {
    return (await call(procedures.DOMAIN_FSTHAW, { dom, mountpoints: [], flags: 0 }, options)).filesystems;
  },
});
