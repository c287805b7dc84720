import type { Logger } from 'pino';
import type { Described } from '../guests/describe.ts';
import type { Guests } from '../guests/guests.ts';
import type { BootWatch } from './boot-watch.ts';
import type { Consoles } from './consoles.ts';

/** Tells consoles and boot watch of every change of a guest, in order; what is answered is called whenever libvirt has come (back). */
export const followGuests = (guests: Guests, consoles: Consoles, boots: BootWatch, log: Logger): (() => Promise<void>) => {
  let order = Promise.resolve();
  let first = true;
  const note = (guest: Described, found: boolean): Promise<void> => {
    order = order.then(async () => {
      try {
        await consoles.notice(guest, found);
        await boots.notice(guest);
      } catch (error) {
        log.warn({ uuid: guest.uuid, error: String(error) }, 'the console of a guest is not followed');
      }
    });
    return order;
  };
  guests.onChange((guest) => void note(guest, false));
  return async () => {
    const found = first;
    first = false;
    for (const guest of await guests.report()) await note(guest, found);
  };
};
