import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { root } from '@virtstack/shell/places.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { readInstallation } from './options.ts';
import { labDirectory, pathsOf } from './paths.ts';

/** `./virtstack logs [NAME]`. */
export async function logs(name: string | undefined, options: { data?: string; follow?: boolean; lines: string }): Promise<void> {
  const paths = pathsOf(options);
  if (!existsSync(paths.log))
    throw new UserError(`there are no logs in ${paths.log}: nothing was started with this data directory.`);
  const ofServer = ['postgres', 'audit'].map((one) => `${paths.server}/${one}.log`);
  const files = [
    ...readdirSync(paths.log)
      .filter((file) => file.endsWith('.log'))
      .map((file) => `${paths.log}/${file}`),
    ...ofServer.filter((file) => existsSync(file)),
  ];
  const nameOf = (file: string): string =>
    file
      .split('/')
      .at(-1)!
      .replace(/\.log$/, '');
  if (name === 'agent' && readInstallation(paths)?.lab)
    throw new UserError(
      `the agents' words are on the lab's hosts: ${root}/virtstack lab ssh --data ${labDirectory(paths)} NAME journalctl -u virtstack-agent`,
    );
  const chosen = name ? files.filter((file) => nameOf(file) === name) : files;
  if (chosen.length === 0) throw new UserError(`there is no log of ${name}; there are: ${files.map(nameOf).join(', ')}.`);
  const tail = spawn('tail', ['-n', options.lines, ...(options.follow ? ['-F'] : []), ...chosen], { stdio: 'inherit' });
  await new Promise((resolve) => tail.once('exit', resolve));
}
