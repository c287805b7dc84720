import type { Command } from 'commander';
import { kinds } from '../../../../lab/kinds.ts';

const dataOption = ['--data <dir>', 'where the lab is kept (default: /var/lib/virtstack-lab)'] as const;

/** `./virtstack lab …` */
export function addLabCommand(program: Command): void {
  const lab = program
    .command('lab')
    .description('real hosts to try and to test with, emulated on this machine')
    .enablePositionalOptions();
  const up = lab.command('up').description('start hosts that are not there yet; without numbers, one of each kind');
  for (const { name, label } of kinds) up.option(`--${name} <n>`, `how many ${label} hosts there shall be`);
  up.option('--release <name>', 'Debian’s release of new hosts: bookworm (default) or trixie');
  up.option(...dataOption).action(async (options) => (await import('./commands.ts')).up(options));
  lab
    .command('list')
    .description('show the hosts')
    .option(...dataOption)
    .action(async (options) => (await import('./commands.ts')).list(options));
  lab
    .command('ssh <name> [command...]')
    .description('enter a host, or run a command on it')
    .passThroughOptions()
    .option(...dataOption)
    .action(async (name, command, options) => (await import('./commands.ts')).ssh(name, command, options));
  lab
    .command('stop')
    .description('power all hosts off; up boots them again with what is on their disks')
    .option(...dataOption)
    .action(async (options) => (await import('./commands.ts')).stop(options));
  lab
    .command('down')
    .description('end all hosts and remove them')
    .option(...dataOption)
    .action(async (options) => (await import('./commands.ts')).down(options));
}
