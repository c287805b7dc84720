import packageFile from '../package.json' with { type: 'json' };

/** Of this agent, as the server shows it. */
export const VERSION: string = packageFile.version;
