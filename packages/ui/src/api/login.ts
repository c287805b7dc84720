import { call } from './client.ts';
import { needsOf } from './needs.ts';
import { enter, type Session, session, settle } from './session.ts';

const roles: Readonly<Record<string, Session['role']>> = { '0': 'user', '1': 'admin', '2': 'domain-admin' };
/** Throws ApiError when the server refuses. What was shown stays where the same user comes back. */
export const login = async (username: string, password: string, domain: string): Promise<void> => {
  const before = session.get();
  const reply = await call('login', { username, password, domain: domain || '/' });
  const userid = reply.userid ?? '';
  const same = before?.userid === userid;
  enter({
    sessionkey: reply.sessionkey ?? '',
    userid,
    username: reply.username ?? username,
    account: reply.account ?? username,
    domainid: reply.domainid ?? '',
    domain,
    issuer: reply.issuerfor2fa ?? '',
    role: roles[reply.type ?? '0'] ?? 'user',
    needs: needsOf(reply),
    entered: same && before?.entered === true,
  });
};

/** Shows a code of the second factor; the first right one after the setting up makes it count. Throws ApiError when it is wrong. */
export const showCode = async (code: string): Promise<void> => {
  await call('validateUserTwoFactorAuthenticationCode', { codefor2fa: code });
  settle('code', 'second-factor');
};

/** A new password. The server ends all sessions of the user, this one too: the new password begins the next at once, or is asked for. */
export const changePassword = async (current: string, password: string): Promise<void> => {
  const now = session.get();
  if (!now) return;
  await call('updateUser', { id: now.userid, currentpassword: current, password });
  await login(now.username, password, now.domain).catch(() => enter({ ...now, needs: ['login'] }));
};

/** Forgets the session here even when the server cannot be told. */
export const logout = async (): Promise<void> => {
  try {
    await call('logout', {});
  } finally {
    session.set(null);
  }
};
