import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Logger } from 'pino';

/** What was done and refused, one JSON object a line, in a file that is only ever appended to. */
export type AuditLog = {
  /** Answers when the line is written. It never throws: what cannot be written is told to the server's log. */
  write(record: object): Promise<void>;
  close(): Promise<void>;
};
export type AuditOptions = { readonly path: string; readonly log: Logger; readonly largest?: number; readonly kept?: number };

const mebibyte = 1024 * 1024;

/** `PATH` becomes `PATH.1`, that `PATH.2` … before it is larger than `largest` bytes; `kept` old ones stay. */
export function openAuditLog({ path, log, largest = 20 * mebibyte, kept = 10 }: AuditOptions): AuditLog {
  let file: { readonly handle: FileHandle; size: number } | undefined;
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;
  const append = async (lines: readonly string[]): Promise<void> => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    file ??= await opened(path);
    if (file.size > 0 && file.size + bytes.length > largest) {
      await file.handle.close();
      file = undefined;
      await shift(path, kept);
      file = await opened(path);
    }
    await file.handle.appendFile(bytes);
    file.size += bytes.length;
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      await append(lines).catch(async (error: unknown) => {
        log.error({ err: error, path, lines: lines.length }, 'the audit log cannot be written');
        await file?.handle.close().catch(() => {});
        file = undefined;
      });
    }
    writing = undefined;
  };
  return {
    write(record) {
      waiting.push(JSON.stringify(record));
      writing ??= drain();
      return writing;
    },
    async close() {
      await writing;
      await file?.handle.close();
      file = undefined;
    },
  };
}

async function opened(path: string): Promise<{ readonly handle: FileHandle; size: number }> {
  const handle = await open(path, 'a', 0o600);
  return { handle, size: (await handle.stat()).size };
}

async function shift(path: string, kept: number): Promise<void> {
  await rm(`${path}.${kept}`, { force: true });
  for (let number = kept - 1; number >= 0; number--) {
    const from = number === 0 ? path : `${path}.${number}`;
    await rename(from, `${path}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
