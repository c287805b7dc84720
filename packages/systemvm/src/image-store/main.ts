import { pino } from 'pino';
import { readConfig } from './config.ts';
import { limits } from './limits.ts';
import { SharedDownloads } from './shared-downloads.ts';
import { keepUplink } from './uplink.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: image-store CONFIG.json\n');
  process.exit(2);
}
const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => stop.abort(new Error('The image store stops.')));
try {
  // The server reads images as a member of the file's group; nobody else does.
  process.umask(0o027);
  await keepUplink({ config: await readConfig(file), downloads: new SharedDownloads(limits), signal: stop.signal, log });
  process.exit(0);
} catch (error) {
  log.fatal({ error: error instanceof Error ? error.message : String(error) }, 'the image store cannot start');
  process.exitCode = 1;
}
