import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The longest that something is being made. Processes of other namespaces have numbers that are not seen here. */
const longestMs = 3_600_000;

/** Removes what processes that were ended have left half made: NAME.PID, where no process has that number. */
export function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = /^[a-z0-9]+\.(\d+)$/.exec(name)?.[1];
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    const path = join(directory, name);
    if (Date.now() - statSync(path).mtimeMs > longestMs) rmSync(path, { recursive: true, force: true });
  }
}
