import { useRef } from 'react';
import { session } from '../api/session.ts';
import { freshAddress, ticketAddress } from '../console/address.ts';
import { Console } from '../console/console.tsx';
import { usePlace } from '../location.ts';
import { texts } from '../texts.ts';

/** The whole window is a console: `/client/console/?ticket=…&vm=…`. The ticket is good once; after it the session, if there is one, opens the next. */
export const ConsolePage = () => {
  const { query } = usePlace();
  const ticket = useRef(query.get('ticket'));
  const vm = query.get('vm');
  const address = async (): Promise<string | undefined> => {
    const first = ticket.current;
    ticket.current = null;
    if (first) return ticketAddress(first);
    return vm && session.get() ? freshAddress(vm) : undefined;
  };
  return (
    <main className="vs-console-page">
      <Console label={texts.console.label(vm ?? '')} on address={address} />
    </main>
  );
};
