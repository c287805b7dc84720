import type { Trouble } from '@virtstack/hypervisor';
import { asRefusal } from '../refusal.ts';

/** What ends a check or a step: the cause, and what the admin does about it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly advice: string | undefined;
  constructor(cause: string, advice?: string) {
    super(cause);
    this.advice = advice;
  }
}

export const refused = ({ cause, mend }: Trouble): SetupError => new SetupError(cause, mend);

/** Any failure in words; what to do where its cause is known. */
export const asSetupError = (error: unknown): SetupError => {
  if (error instanceof SetupError) return error;
  const { kind, message } = asRefusal(error);
  return new SetupError(message, kind === 'disk-full' ? 'Make room on the host and repeat.' : undefined);
};
