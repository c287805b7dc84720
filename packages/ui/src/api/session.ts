import { persisted } from '../store.ts';

/** What stands between a session and its work: the password again, the second factor's code, a second factor to set up, a new password. */
export type Need = 'login' | 'code' | 'second-factor' | 'password';

export type Session = {
  readonly sessionkey: string;
  readonly userid: string;
  readonly username: string;
  readonly account: string;
  readonly domainid: string;
  /** The path of the domain as it was typed. */
  readonly domain: string;
  /** The cloud's name on the device that shows the codes. */
  readonly issuer: string;
  readonly role: 'user' | 'domain-admin' | 'admin';
  /** What is asked for, the first first; nothing else is called before all is given. */
  readonly needs: readonly Need[];
  /** It once needed nothing: pages are open behind what is asked for, and stay. */
  readonly entered: boolean;
};

export const session = persisted<Session | null>('virtstack.login', null);

/** Takes a session on, or what is known of it now. */
export const enter = (next: Session): void => session.set({ ...next, entered: next.entered || next.needs.length === 0 });

export const isOpen = (now: Session | null): now is Session => now !== null && now.needs.length === 0;

/** Something that was asked for was given. */
export const settle = (...given: readonly Need[]): void => {
  const now = session.get();
  if (now) enter({ ...now, needs: now.needs.filter((need) => !given.includes(need)) });
};

/** The server asks for something of the session with that key; an answer to an earlier session is late. */
export const demand = (need: Need, sessionkey: string | undefined): void => {
  const now = session.get();
  if (!now || now.sessionkey !== sessionkey || now.needs[0] === need) return;
  if ((need === 'second-factor' || need === 'password') && !isOpen(now)) return; // it is asked for already
  // Whoever is asked to set a second factor up, and has one, is asked for its code.
  const rest = need === 'code' ? now.needs.filter((other) => other !== 'second-factor') : [];
  enter({ ...now, needs: [need, ...rest] });
};
