import { shown } from '@virtstack/shell/user-error.ts';
import { Command, CommanderError } from 'commander';
import { addLabCommand } from './lab/command-line.ts';
import { version } from './version.ts';

const program = new Command('virtstack')
  .description('A cloud for people who run their hypervisors through libvirt, with the Apache CloudStack API.')
  .version(version)
  .showHelpAfterError('(./virtstack --help shows all commands)')
  .exitOverride();

const dataOption = ['--data <dir>', 'where everything of this installation is kept (default: /var/lib/virtstack)'] as const;

program
  .command('up')
  .description('install what is missing, start the cloud on this machine and make it ready')
  .option(...dataOption)
  .option('--listen <host:port>', 'where people reach it (default: 0.0.0.0:8443, or what was given the last time)')
  .option('--agents <host:port>', 'where hosts reach it (default: the same host, port 8250)')
  .option('--advertise <host>', 'the address that remote hosts are told (default: this machine’s)')
  .option('--server-address <host>', 'the address of this machine for other servers of the same database (default: its own)')
  .option('--certificate <file>', 'TLS certificate (PEM, with its chain) instead of one of the built-in authority')
  .option('--key <file>', 'the private key of --certificate (PEM)')
  .option('--database <url>', 'a PostgreSQL of your own, postgres://…, instead of the embedded one')
  .option('--lab', 'on emulated hosts of every kind in place of this machine (8 GB, 2 cores)')
  .option('--detach', 'go to the background once it is ready')
  .option('--install', 'also put a systemd unit in place, so that it starts with the machine')
  .action(async (options) => (await import('./up.ts')).up(options));
program
  .command('down')
  .description('stop the cloud; guests keep running')
  .option(...dataOption)
  .option('--purge', 'remove all that it made: its guests, networks, users and the data directory')
  .action(async (options) => (await import('./down.ts')).down(options));
program
  .command('status')
  .description('say what runs and how it is')
  .option(...dataOption)
  .option('--json', 'for programs')
  .action(async (options) => (await import('./status.ts')).status(options));
program
  .command('logs [name]')
  .description('show the logs: server, agent, image-store, postgres, libvirtd')
  .option(...dataOption)
  .option('-f, --follow', 'go on as they grow')
  .option('-n, --lines <n>', 'how many lines from the end', '100')
  .action(async (name, options) => (await import('./logs.ts')).logs(name, options));
program
  .command('admin')
  .description('the first administrator')
  .command('reset')
  .description('give the user admin a new password and new API keys')
  .option(...dataOption)
  .action(async (options) => (await import('./admin.ts')).resetAdmin(options));
program
  .command('test [suite]')
  .description('run the tests; the last line is `N passed, N failed`')
  .option('--full', 'also what takes longer than CI has; goes on where it stopped')
  .option('--list', 'only name the suites')
  .action(async (suite, options) => (await import('./test.ts')).test(suite, options));
program
  .command('bench [name]')
  .description('measure: deploy, lab, startup')
  .action(async (name) => (await import('./bench.ts')).bench(name));
addLabCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  const message = shown(error);
  // A process in the background tells the one that waits for it.
  if (process.send) await new Promise((resolve) => process.send!({ error: message }, resolve));
  process.stderr.write(`virtstack: ${message}\n`);
  process.exit(1);
}
