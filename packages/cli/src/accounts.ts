import { readFileSync } from 'node:fs';
import { run } from '@virtstack/shell/run.ts';
import { UserError } from '@virtstack/shell/user-error.ts';

export type SystemUser = { readonly name: string; readonly uid: number; readonly gid: number };

/** The users whose rights the parts run with: the server and its database; the process that touches images from elsewhere. */
export const serverUser = 'virtstack';
export const imageUser = 'virtstack-images';

export function systemUser(name: string): SystemUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

/** The user, made if it is not there. */
export async function ensureSystemUser(name: string, group?: string): Promise<SystemUser> {
  const existing = systemUser(name);
  if (existing) return existing;
  const made = await run([
    'useradd',
    '--system',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    ...(group ? ['-g', group] : ['-U']),
    name,
  ]);
  const user = systemUser(name);
  if (!user) throw new UserError(`the system user ${name} could not be made: ${made.stderr.trim()}`);
  return user;
}

export async function removeSystemUser(name: string): Promise<void> {
  if (systemUser(name)) await run(['userdel', name]);
}
