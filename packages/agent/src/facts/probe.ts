import {
  type AddressOptions,
  type Connection,
  connect,
  isClosed,
  type LibvirtError,
  VIR_DOMAIN_EVENT_ID_LIFECYCLE,
  VIR_DOMAIN_EVENT_STOPPED,
  VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN,
  VIR_DOMAIN_EVENT_SUSPENDED,
  VIR_DOMAIN_START_AUTODESTROY,
} from '@virtstack/libvirt';

/** Starts the probe's domain and waits until it has switched itself off; answers what went wrong. Ends in time or a second later, and leaves nothing. */
export const runProbe = async (
  address: AddressOptions,
  xml: string,
  uuid: string,
  stop: AbortSignal,
  seconds = 20,
): Promise<string | undefined> => {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(seconds * 1000)]);
  const connection = await connect({ ...address, signal, timeoutMs: seconds * 1000 });
  try {
    const end = ending(connection, uuid, signal, seconds);
    // Should its start fail, nobody waits for its end.
    end.catch(() => {});
    await connection.domains.create(xml, VIR_DOMAIN_START_AUTODESTROY, { signal });
    return await end;
  } catch (error) {
    stop.throwIfAborted();
    // libvirt itself went away: nothing was found out.
    if (isClosed(error)) throw error;
    return signal.aborted ? unfinished(seconds) : `A probe guest could not be started: ${(error as LibvirtError).message}`;
  } finally {
    await connection.domains.handle(uuid).destroy(0, { timeoutMs: 1000 }).catch(notThere);
    await connection.close();
  }
};

// It has ended by itself, or ends with the connection.
const notThere = (): void => {};

const unfinished = (seconds: number): string =>
  `A probe guest did not come to its end within ${seconds} s: the acceleration that this machine offers runs no guest.`;

const ending = async (
  connection: Connection,
  uuid: string,
  signal: AbortSignal,
  seconds: number,
): Promise<string | undefined> => {
  for await (const { dom, event, detail } of connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE, { signal })) {
    if (dom.uuid !== uuid) continue;
    if (event === VIR_DOMAIN_EVENT_STOPPED)
      return detail === VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN
        ? undefined
        : 'A probe guest ended without having run: its start failed or it crashed.';
    if (event === VIR_DOMAIN_EVENT_SUSPENDED)
      return 'A probe guest stopped at an error of the emulated processor: this machine runs no accelerated guest.';
  }
  return unfinished(seconds);
};
