import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@virtstack/shell/places.ts';

/** How one step of a journey went. */
export type Result = {
  /** The hypervisor and the guest's mode on it. */
  readonly where: string;
  readonly step: string;
  readonly passed: boolean;
};

const document = join(root, 'docs/hypervisors.md');

/** Puts the results of a release's hosts in place of the former ones in docs/hypervisors.md. `versions`: a line for each host. */
export function writeResults(release: string, versions: readonly string[], results: readonly Result[]): void {
  const [begin, end] = [`<!-- results of ${release}: written by the tests -->`, `<!-- end of ${release} -->`];
  const text = readFileSync(document, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no place for results: ${begin} … ${end}`);
  const section = [begin, ...versions.map((version) => `- ${version}`), '', ...table(results), ''].join('\n');
  writeFileSync(document, text.slice(0, from) + section + text.slice(to));
}

function table(results: readonly Result[]): string[] {
  const places = [...new Set(results.map(({ where }) => where))].sort();
  const steps = [...new Set(results.map(({ step }) => step))];
  const outcome = (step: string, where: string): string => {
    const found = results.find((result) => result.step === step && result.where === where);
    return found === undefined ? 'not tried' : found.passed ? 'yes' : '**no**';
  };
  return [
    `| A guest … | ${places.join(' | ')} |`,
    `| --- |${' --- |'.repeat(places.length)}`,
    ...steps.map((step) => `| ${step} | ${places.map((where) => outcome(step, where)).join(' | ')} |`),
  ];
}
