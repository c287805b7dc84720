const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', '57P01', '57P02', '57P03']);

/** The database cannot be reached, or cut the connection: nothing is wrong with what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // What `pg` says of a connection that broke under it, without a code.
  if (/^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(error.message)) return true;
  if (code === undefined) return false;
  if (code.startsWith('08')) return true;
  // A file that is not there is ENOENT too; only a socket's is ours.
  return connectionCodes.has(code) && (code !== 'ENOENT' || syscall === 'connect');
}
