import { call } from './client.ts';
import { type Session, session } from './session.ts';

const roles: Readonly<Record<string, Session['role']>> = { '0': 'user', '1': 'admin', '2': 'domain-admin' };

/** Throws ApiError when the server refuses. */
export const login = async (username: string, password: string, domain: string): Promise<void> => {
  const reply = await call('login', { username, password, domain: domain || '/' });
  session.set({
    sessionkey: reply.sessionkey ?? '',
    username: reply.username ?? username,
    account: reply.account ?? username,
    domainid: reply.domainid ?? '',
    role: roles[reply.type ?? '0'] ?? 'user',
  });
};

/** Forgets the session here even when the server cannot be told. */
export const logout = async (): Promise<void> => {
  try {
    await call('logout', {});
  } finally {
    session.set(null);
  }
};
