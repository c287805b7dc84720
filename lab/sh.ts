import { type Outcome, run } from '@virtstack/shell/run.ts';

/** Runs a program to its end and answers what it wrote. @throws {Error} it failed: its last words. */
export async function sh(argv: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const outcome = await run(argv, options);
  if (outcome.code !== 0) throw new Error(`${argv.slice(0, 6).join(' ')} (exit ${outcome.code}): ${lastWords(outcome)}`);
  return outcome.stdout;
}

const lastWords = ({ stdout, stderr }: Outcome): string => (stderr.trim() || stdout.trim()).split('\n').slice(-8).join('\n  ');
