import { allGuests, namesOf } from '../guests.ts';
import { places } from '../places.ts';
import type { Undo } from './step.ts';

/** Guests are nobody's to end here: they stay as they are, and it is said which. */
export const guests: Undo = {
  name: 'look at guests',
  do: async () => {
    const found = await allGuests();
    const ours = found.filter((guest) => guest.ours);
    if (ours.length === 0)
      return found.length > 0 ? `those that are here are not the cloud’s: ${namesOf(found)}` : 'there is none';
    const running = ours.filter((guest) => guest.running);
    const down = ours.filter((guest) => !guest.running);
    return [
      ...(running.length > 0 ? [`these run on, with what they use of ${places.data}: ${namesOf(running)}`] : []),
      ...(down.length > 0 ? [`these stay defined: ${namesOf(down)}; virsh undefine NAME takes one away`] : []),
    ].join('; ');
  },
};
