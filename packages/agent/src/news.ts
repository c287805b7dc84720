import { PROTOCOL_VERSION, serverMethods } from '@virtstack/protocol';
import { actions } from './actions/index.ts';
import type { Attachment } from './attach.ts';
import { hostFacts, tooOld } from './facts/facts.ts';
import type { Host } from './host.ts';
import { type Hello, Uplink, type Welcome } from './uplink.ts';

const VERSION = '0.1.0';
const DEFAULT_REPORT_SECONDS = 60;

/** What the server is told: who we are, what changed, and from time to time everything. */
export const newsFor = (host: Host) => {
  const { config, libvirt, guests, log } = host;
  let timer: NodeJS.Timeout | undefined;
  let told = -1;
  const hello = async (signal: AbortSignal): Promise<Hello> => {
    const attachment = await libvirt.whenUp(signal);
    const facts = await hostFacts(attachment);
    told = guests.changes;
    return { protocol: PROTOCOL_VERSION, version: VERSION, guid: config.guid, facts, report: await host.report() };
  };
  const reportAll = async (): Promise<void> => {
    try {
      uplink.notify(serverMethods.report, await host.report());
    } catch (error) {
      log.warn({ error: String(error) }, 'no report could be made');
    }
  };
  const onWelcome = ({ reportSeconds }: Welcome): void => {
    clearInterval(timer);
    timer = setInterval(reportAll, (reportSeconds || DEFAULT_REPORT_SECONDS) * 1000);
    // What happened between the making of the first report and its arrival was told to nobody.
    if (guests.changes !== told) void reportAll();
  };
  const uplink: Uplink = new Uplink({
    url: config.server,
    tls: host.tls,
    hello,
    answer: (peer) => {
      for (const action of actions) action.answer(peer, host);
    },
    onWelcome,
    log,
  });
  guests.onChange((report) => uplink.notify(serverMethods.guestChanged, report));
  const attached = (attachment: Attachment): void => {
    for (const problem of tooOld(attachment)) log.error(problem);
    void reportAll();
  };
  const stop = (): void => {
    clearInterval(timer);
    uplink.stop();
  };
  return { run: () => uplink.run(), attached, stop };
};
