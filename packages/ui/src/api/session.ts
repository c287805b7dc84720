import { persisted } from '../store.ts';

export type Session = {
  readonly sessionkey: string;
  readonly username: string;
  readonly account: string;
  readonly domainid: string;
  readonly role: 'user' | 'domain-admin' | 'admin';
  /** The server has forgotten it; the page stays and asks for the password again. */
  readonly expired?: boolean;
};

export const session = persisted<Session | null>('virtstack.session', null);

export const expire = (): void => {
  const now = session.get();
  if (now && !now.expired) session.set({ ...now, expired: true });
};
