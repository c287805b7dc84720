import './frugal.ts';
import { type SetupCommand, setup } from '@virtstack/protocol';
import { pino } from 'pino';
import { startAgent } from './agent.ts';
import { readConfig } from './config.ts';
import { VERSION } from './version.ts';

const run = async (file: string): Promise<void> => {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  try {
    if (process.getuid?.() !== 0) throw new Error('The agent needs root: it makes bridges, images and guests.');
    const restart = (): void => stop('another version of the agent takes over');
    const agent = await startAgent(await readConfig(file), log, restart);
    const stop = (why: string): void => {
      log.info({ why }, 'stopping; guests go on');
      void agent.stop().then(() => process.exit(0));
    };
    process.once('SIGTERM', stop).once('SIGINT', stop);
  } catch (error) {
    log.fatal({ error: error instanceof Error ? error.message : String(error) }, 'the agent cannot start');
    process.exitCode = 1;
  }
};

const isSetupCommand = (word: string): word is SetupCommand => Object.hasOwn(setup, word);

const [word] = process.argv.slice(2);
if (word === undefined) {
  process.stderr.write('usage: agent CONFIG.json | version | check | prepare | join | leave\n');
  process.exitCode = 2;
} else if (word === 'version') {
  process.stdout.write(`${VERSION}\n`);
} else if (isSetupCommand(word)) {
  // The agent itself, which lives long, does without what this takes.
  const { runSetup } = await import('./setup/run-setup.ts');
  process.exitCode = await runSetup(word);
} else {
  await run(word);
}
