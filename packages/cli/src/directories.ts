import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@virtstack/shell/user-error.ts';
import { ensureSystemUser, imageUser, type SystemUser, serverUser } from './accounts.ts';
import { closedTo } from './part.ts';
import type { Paths } from './paths.ts';

export type Users = { readonly server: SystemUser; readonly images: SystemUser };

export async function ensureUsers(): Promise<Users> {
  const server = await ensureSystemUser(serverUser);
  return { server, images: await ensureSystemUser(imageUser, serverUser) };
}

/** @throws {UserError} the server would not reach its own data. */
export function checkReachable({ data }: Paths): void {
  const closed = closedTo(dirname(data));
  if (closed)
    throw new UserError(
      `${data} lies in ${closed}, which only its owner may enter: the server (which is not root) could not reach it. Choose another with --data DIR.`,
    );
}

/** Makes the directories with the rights that the parts need, and no others. */
export function ensureDirectories(paths: Paths, { server, images }: Users): void {
  directory(paths.data, 0o711);
  directory(paths.run, 0o711);
  directory(paths.log, 0o750);
  directory(paths.app, 0o755);
  directory(paths.server, 0o700, server);
  directory(paths.database, 0o700, server);
  directory(paths.socketDir, 0o700, server);
  directory(paths.agent, 0o711);
  directory(paths.imageStore, 0o700, images);
  // The server serves the store's files to agents: it reads, as a member of the group.
  directory(paths.images, 0o2750, { ...images, gid: server.gid });
  directory(paths.primary, 0o711);
}

function directory(path: string, mode: number, owner: { uid: number; gid: number } = { uid: 0, gid: 0 }): void {
  if (existsSync(path) && !statSync(path).isDirectory()) throw new UserError(`${path} is in the way: it is not a directory.`);
  mkdirSync(path, { recursive: true });
  chownSync(path, owner.uid, owner.gid);
  chmodSync(path, mode);
}
