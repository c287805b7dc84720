import { root } from './places.ts';

/** Something the person at the keyboard can mend; shown as one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** What the person typed, to be typed again in another way. */
export const commandLine = (): string => [`${root}/virtstack`, ...process.argv.slice(2)].join(' ');

/** An error as it is shown: a line for the person at the keyboard; where it is a fault of ours, with its stack. */
export function shown(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if ((code === 'EACCES' || code === 'EPERM') && path && process.getuid?.() !== 0)
    return `${path} is for root alone. Run: sudo ${commandLine()}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
