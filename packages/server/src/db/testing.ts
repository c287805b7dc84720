import { spawn } from 'node:child_process';
import { after } from 'node:test';
import { sql } from 'kysely';
import { type Database, openDatabase } from './database.ts';
import { pattern, startCopy, urlOf } from './testing/cluster.ts';

/** A database of a test's own. Everything goes when the test process ends, however it ends. */
export type TestDatabase = { readonly db: Database; readonly url: string };

const opened = new Set<Database>();
let cluster: Promise<{ admin: Database; url(name: string): string }> | undefined;
let count = 0;

/** A fresh, migrated database on a real PostgreSQL, one of which is started per test process (fsync off). */
export async function withDatabase(): Promise<TestDatabase> {
  cluster ??= startCluster();
  const { admin, url } = await cluster;
  const name = `test${++count}`;
  await sql`create database ${sql.id(name)} template ${sql.id(pattern)} strategy file_copy`.execute(admin);
  const db = remember(openDatabase(url(name)));
  return { db, url: url(name) };
}

const remember = (db: Database): Database => {
  opened.add(db);
  return db;
};

// At import, where the hook belongs to the file and not to a single test.
after(async () => {
  await Promise.all([...opened].map((db) => db.destroy()));
});

async function startCluster(): Promise<{ admin: Database; url(name: string): string }> {
  const { dir, postgres } = await startCopy();
  endWithUs(postgres.pid, dir);
  return { admin: remember(openDatabase(postgres.url, 1)), url: (name) => urlOf(postgres, name) };
}

/** A small shell waits for our end, which it sees even where we are killed, then stops PostgreSQL and removes its files. */
function endWithUs(pid: number, dir: string): void {
  const script = 'cat >/dev/null; kill -QUIT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; rm -rf "$2"';
  const keeper = spawn('sh', ['-c', script, 'sh', String(pid), dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
}
