import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandName, commands } from './commands.ts';
import { documentation, parameterType } from './describe.ts';
import { envelopeOf } from './format.ts';
import type { AnyCommand, Fields, Response } from './language.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]): string[] =>
  rows.length === 0 ? [] : [row(...head), row(...head.map(() => '---')), ...rows, ''];

const kinds = {
  sync: 'answers at once',
  list: 'answers a list',
  async: 'answers a job',
  'async-create': 'answers an id and a job',
} as const;

/** The reference of the API, Markdown. */
export function apiDocument(): string {
  const all = Object.entries(commands as Record<CommandName, AnyCommand>).sort(([a], [b]) => (a < b ? -1 : 1));
  const answers = new Map<string, Response<Fields>>();
  for (const [, { response }] of all) collect(response, answers);
  return [
    '# The API',
    '',
    'Derived from the declarations in packages/contract by `node packages/contract/src/docs.ts`; do not edit.',
    'Every list also answers `count`. Dates are `2026-11-23T06:17:01+0000`. Types are those of CloudStack’s listApis.',
    '',
    '## Commands',
    '',
    ...all.flatMap(([name, command]) => commandText(name as CommandName, command)),
    '## Answers',
    '',
    ...[...answers.values()].sort((a, b) => (title(a) < title(b) ? -1 : 1)).flatMap(answerText),
  ].join('\n');
}

const title = (response: Response<Fields>): string => `${response.key} (${response.source})`;

function collect(response: Response<Fields>, into: Map<string, Response<Fields>>): void {
  into.set(title(response), response);
  for (const { spec } of Object.values(response.fields)) if (spec.of) collect(spec.of, into);
}

function commandText(name: CommandName, command: AnyCommand): string[] {
  const who = command.anonymous ? 'anybody, without logging in' : command.roles.join(', ');
  return [
    `### ${name}`,
    '',
    `${command.doc} It ${kinds[command.kind]}: \`${envelopeOf(name)}\`, ${title(command.response)}. For ${who}.`,
    '',
    ...table(
      ['parameter', 'type', 'required', ''],
      Object.entries(command.params).map(([parameter, { spec }]) =>
        row(parameter, parameterType(spec), spec.required ? 'yes' : '', documentation(spec)),
      ),
    ),
  ];
}

const answerText = (response: Response<Fields>): string[] => [
  `### ${title(response)}`,
  '',
  ...table(
    ['field', 'type', ''],
    Object.entries(response.fields).map(([name, { spec }]) => row(name, spec.of ? spec.of.key : spec.kind, spec.doc)),
  ),
];

if (import.meta.main) {
  const file = new URL('../../../docs/api.md', import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(file, apiDocument());
  else if (readFileSync(file, 'utf8') !== apiDocument()) {
    console.error('docs/api.md is not what the declarations say. Run: node packages/contract/src/docs.ts');
    process.exitCode = 1;
  }
}
