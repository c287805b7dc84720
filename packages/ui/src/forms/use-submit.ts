import { type FormEvent, useState } from 'react';

type Submission = {
  readonly busy: boolean;
  /** Why it was refused the last time. */
  readonly error: unknown;
  readonly submit: (event: FormEvent) => void;
};

/** What a form does when it is sent: once at a time, and what was refused is kept until the next time. */
export const useSubmit = (act: () => Promise<unknown>): Submission => {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    await act().catch(setError);
    setBusy(false);
  };
  return {
    busy,
    error,
    submit: (event) => {
      event.preventDefault();
      void run();
    },
  };
};
