import { PeerError, type PoolReport } from '@virtstack/protocol';
import { run } from '../system/run.ts';

const LIMIT_MS = 5_000;
/** Asks that have not come back, by path: they wait for a server that is away. */
const waiting = new Map<string, Promise<string>>();

/**
 * A file system's size. It is asked by a process of its own, and for a limited time: one whose server is away would hold a thread of ours for ever, and
 * we have few. @throws {PeerError} `storage-away`
 */
export const measure = async (path: string, limitMs = LIMIT_MS): Promise<PoolReport> => {
  const [block, blocks, free] = (await inTime(path, limitMs)).trim().split(' ').map(Number) as [number, number, number];
  return { path, capacityBytes: blocks * block, usedBytes: (blocks - free) * block };
};

const inTime = async (path: string, limitMs: number): Promise<string> => {
  const answer = waiting.get(path) ?? ask(path, limitMs);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new PeerError('storage-away', `${path} does not answer: nothing came within ${limitMs / 1000} s. Look after its server.`),
      ),
    limitMs,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } catch (error) {
    throw error instanceof PeerError && error.kind === 'storage-away'
      ? error
      : new PeerError('storage-away', `${path} cannot be used: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
};

/** One that cannot even be killed is waited for, and no second one sent after it. */
const ask = (path: string, limitMs: number): Promise<string> => {
  const answer = run(['stat', '--file-system', '--format=%S %b %f', path], { timeoutMs: limitMs + 1000 });
  waiting.set(path, answer);
  const forget = (): void => void waiting.delete(path);
  answer.then(forget, forget);
  return answer;
};
