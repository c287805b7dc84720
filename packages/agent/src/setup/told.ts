import type { SetupLine } from '@virtstack/protocol';
import { asSetupError } from './setup-error.ts';

/** Takes the lines that a set-up command prints. */
export type Tell = (line: SetupLine) => void;

/** Does something under a name and tells how it went; answers whether it went well. */
export const told = async (tell: Tell, name: string, work: () => Promise<string>): Promise<boolean> => {
  tell({ kind: 'step', name, state: 'started' });
  try {
    tell({ kind: 'step', name, state: 'done', words: await work() });
    return true;
  } catch (error) {
    const { message, advice } = asSetupError(error);
    tell({ kind: 'step', name, state: 'failed', words: message, ...(advice !== undefined && { advice }) });
    return false;
  }
};
