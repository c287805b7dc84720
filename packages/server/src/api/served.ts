import type { CommandName } from '@virtstack/contract';

const served = new Set<CommandName>();

/** Told once by whoever has the handlers: what is there. listApis is one of them, and would otherwise have to import itself. */
export const serve = (names: Iterable<CommandName>): void => {
  for (const name of names) served.add(name);
};
export const isServed = (name: CommandName): boolean => served.has(name);
