import './frugal.ts';
import { pino } from 'pino';
import { startAgent } from './agent.ts';
import { readConfig } from './config.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: agent CONFIG.json\n');
  process.exit(2);
}
const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
try {
  if (process.getuid?.() !== 0) throw new Error('The agent needs root: it makes bridges, images and guests.');
  const agent = await startAgent(await readConfig(file), log);
  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping; guests go on');
    void agent.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  log.fatal({ error: error instanceof Error ? error.message : String(error) }, 'the agent cannot start');
  process.exitCode = 1;
}
