import type { GuestReport } from '@virtstack/protocol';
import type { Host } from '../host.ts';

export type Wait = { readonly timeoutMs: number; readonly signal: AbortSignal };

/**
 * Waits until a guest is as wanted: answers what it then is, or undefined when the time is over. An event of libvirt ends the wait; it also
 * outlives libvirt's restart, for it looks itself from time to time.
 */
export const waitForGuest = (
  host: Pick<Host, 'guests'>,
  uuid: string,
  wanted: (report: GuestReport) => boolean,
  { timeoutMs, signal }: Wait,
): Promise<GuestReport | undefined> =>
  new Promise((resolve, reject) => {
    const look = (): void => {
      // Libvirt may be away for a moment; the next look or event tells.
      host.guests.ask(uuid).then(check, () => {});
    };
    const cleanUps = [host.guests.onChange((report) => report.uuid === uuid && check(report))];
    const settle = (act: () => void): void => {
      for (const cleanUp of cleanUps.splice(0)) cleanUp();
      act();
    };
    const check = (report: GuestReport): void => {
      if (wanted(report)) settle(() => resolve(report));
    };
    const aborted = (): void => settle(() => reject(signal.reason));
    const over = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
    const again = setInterval(look, LOOK_MS);
    signal.addEventListener('abort', aborted, { once: true });
    cleanUps.push(
      () => clearTimeout(over),
      () => clearInterval(again),
      () => signal.removeEventListener('abort', aborted),
    );
    if (signal.aborted) aborted();
    else look();
  });

const LOOK_MS = 5_000;
