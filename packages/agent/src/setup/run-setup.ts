import { text } from 'node:stream/consumers';
import { type SetupCommand, type SetupRequest, setup } from '@virtstack/protocol';
import { alone } from './alone.ts';
import { requireRoot } from './checks/root.ts';
import { commands } from './commands.ts';
import { asSetupError, SetupError } from './setup-error.ts';
import type { Tell } from './told.ts';

/** Runs one of the commands by which a host is added: its request from standard input, its lines to standard output. Answers the exit code. */
export const runSetup = async (command: SetupCommand): Promise<number> => {
  // Whoever reads may be cut off in the middle: what was begun comes to its end all the same.
  process.stdout.on('error', () => {});
  process.on('SIGHUP', () => {});
  const tell: Tell = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    const { well, result } = await obey(command, tell);
    if (result !== undefined) tell({ kind: 'result', result });
    return well ? 0 : 1;
  } catch (error) {
    const { message, advice } = asSetupError(error);
    tell({ kind: 'step', name: command, state: 'failed', words: message, ...(advice !== undefined && { advice }) });
    return 1;
  }
};

const obey = async <C extends SetupCommand>(command: C, tell: Tell) => {
  const request = await readRequest(command);
  if (command !== 'check') {
    requireRoot();
    await alone();
  }
  return commands[command](request, tell);
};

/** By hand `leave` needs no document. */
const readRequest = async <C extends SetupCommand>(command: C): Promise<SetupRequest<C>> => {
  const document = process.stdin.isTTY ? '' : await text(process.stdin);
  try {
    return setup[command].request.parse(JSON.parse(document.trim() || '{}')) as SetupRequest<C>;
  } catch (error) {
    throw new SetupError(
      `${command} reads one JSON document from standard input; this one is not understood: ${(error as Error).message}`,
      'docs/hosts.md shows one for each command.',
    );
  }
};
