export * from './commands.ts';
export * from './language.ts';
