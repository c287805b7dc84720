import pino, { type Logger } from 'pino';

/**
 * A logger that tells PostgreSQL's errors without what they repeat of rows and parameters ("Failing row contains …"): passwords' hashes and user data
 * stand in rows.
 */
export const withoutRows = (log: Logger): Logger => log.child({}, { serializers: { err: told } });

const repeating = new Set(['detail', 'where', 'internalQuery', 'parameters']);

function told(error: unknown): unknown {
  const plain: unknown = pino.stdSerializers.err(error as Error);
  const isDatabases = typeof plain === 'object' && plain !== null && 'severity' in plain;
  return isDatabases ? Object.fromEntries(Object.entries(plain).filter(([name]) => !repeating.has(name))) : plain;
}
