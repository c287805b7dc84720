import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ClientChannel } from 'ssh2';
import { CloudError } from '../../error.ts';
import type { Connection } from './connect.ts';

/** What a command left: the last of what it said. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly input?: string | Readable;
  /** Written before the input. */
  readonly first?: string;
  /** Each line of standard output, as it comes. */
  readonly onLine?: (line: string) => void;
  readonly timeoutMs?: number;
};

const keptCharacters = 64 * 1024;
const longestLine = 1024 * 1024;
const usualMs = 60_000;
const signalled = 128;

/** Runs a command line. @throws {CloudError} `unavailable`: the connection broke, or it did not end in time */
export async function run(connection: Connection, command: string, options: RunOptions = {}): Promise<Ran> {
  const { lost, target } = connection;
  const { timeoutMs = usualMs } = options;
  lost.throwIfAborted();
  let giveUp: (reason: unknown) => void = () => {};
  const gaveUp = new Promise<never>((_, reject) => (giveUp = reject));
  const onLost = (): void => giveUp(lost.reason);
  lost.addEventListener('abort', onLost, { once: true });
  const timer = setTimeout(
    () =>
      giveUp(
        new CloudError(
          'unavailable',
          `${target.address} did not end within ${Math.round(timeoutMs / 1000)} s what it was asked to do.`,
        ),
      ),
    timeoutMs,
  );
  let channel: ClientChannel | undefined;
  try {
    channel = await Promise.race([opened(connection, command), gaveUp]);
    return await Promise.race([ended(channel, options), gaveUp]);
  } catch (error) {
    channel?.close();
    throw error;
  } finally {
    clearTimeout(timer);
    lost.removeEventListener('abort', onLost);
    gaveUp.catch(() => {});
  }
}

const opened = ({ client, target }: Connection, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (!error) return resolve(channel);
      reject(new CloudError('unavailable', `${target.address} runs no commands for user ${target.username}: ${error.message}.`));
    });
  });

function ended(channel: ClientChannel, { input = '', first = '', onLine }: RunOptions): Promise<Ran> {
  const stdout = keeping(onLine);
  const stderr = keeping();
  channel.on('data', stdout.take);
  channel.stderr.on('data', stderr.take);
  // A command that ends without reading its input closes the channel; its exit code says what happened.
  channel.on('error', () => {});
  if (first) channel.write(first);
  if (typeof input === 'string') channel.end(input);
  else {
    input.on('error', () => channel.close());
    input.pipe(channel);
  }
  return new Promise((resolve) => {
    let code = signalled;
    channel.on('exit', (given: number | null) => (code = given ?? signalled));
    channel.on('close', () => {
      if (typeof input !== 'string') input.destroy();
      resolve({ code, stdout: stdout.end(), stderr: stderr.end() });
    });
  });
}

/** Keeps the last of a text, and hands its lines on. */
function keeping(onLine?: (line: string) => void): { take(chunk: Buffer): void; end(): string } {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let line = '';
  const add = (more: string): void => {
    text = (text + more).slice(-keptCharacters);
    if (!onLine) return;
    const lines = (line + more).slice(-longestLine).split('\n');
    line = lines.pop()!;
    for (const whole of lines) onLine(whole);
  };
  return {
    take: (chunk) => add(decoder.write(chunk)),
    end: () => {
      add(decoder.end());
      if (line !== '') onLine?.(line);
      return text;
    },
  };
}
