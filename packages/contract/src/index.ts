export * from './commands.ts';
export * from './describe.ts';
export * from './format.ts';
export * from './language.ts';
export * from './machine-states.ts';
export * from './names.ts';
export * from './validate.ts';
export { isId } from './values.ts';
