import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { Admin } from './api-client.ts';
import { type Installation, readInstallation } from './options.ts';
import { type Paths, pathsOf } from './paths.ts';
import { runningSupervisor } from './pid-file.ts';
import { summary } from './summary.ts';

/** Gives the first administrator a password and keys where nobody knows any, and writes them down for root alone. */
export async function ensureAdmin(paths: Paths, chosen: Installation): Promise<void> {
  const authority = readFileSync(`${paths.server}/ca.pem`, 'utf8');
  writeFileSync(paths.certificateAuthority, `${authority.trimEnd()}\n${chosen.certificate?.certificate ?? ''}`, { mode: 0o644 });
  const given = existsSync(paths.admin) ? undefined : await newCredentials(paths, chosen);
  if (!given) return;
  const base = `https://${printable(chosen)}:${chosen.listen.port}/client`;
  const admin: Admin = { url: base, api: `${base}/api`, ...given, cacertificate: paths.certificateAuthority };
  writeFileSync(paths.admin, `${JSON.stringify(admin, undefined, 2)}\n`, { mode: 0o600 });
}

async function newCredentials(
  paths: Paths,
  chosen: Installation,
): Promise<Pick<Admin, 'username' | 'password' | 'apikey' | 'secretkey'>> {
  // Only here: most starts do without, and keep what these would take of memory.
  const [{ firstAdmin }, { openSecrets }, { openDatabase }] = await Promise.all([
    import('@virtstack/server/accounts/first-admin.ts'),
    import('@virtstack/server/accounts/secrets.ts'),
    import('@virtstack/server/db/database.ts'),
  ]);
  const db = openDatabase(chosen.database ?? `socket:${paths.socketDir}?db=virtstack&user=virtstack`, 2);
  try {
    return await firstAdmin(db, await openSecrets(`${paths.server}/secret.key`));
  } finally {
    await db.destroy();
  }
}

/** `./virtstack admin reset`. */
export async function resetAdmin(options: { data?: string }): Promise<void> {
  const paths = pathsOf(options);
  const chosen = readInstallation(paths);
  if (!chosen) throw new UserError(`there is no installation in ${paths.data}; name its directory with --data.`);
  if (!runningSupervisor(paths)) throw new UserError('the cloud is stopped; start it first: ./virtstack up --detach');
  rmSync(paths.admin, { force: true });
  await ensureAdmin(paths, chosen);
  summary(paths, 'The former password and keys of admin are void.');
}

const printable = ({ listen }: Installation): string => {
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host;
  return host.includes(':') ? `[${host}]` : host;
};
