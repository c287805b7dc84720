import { zoneCommands } from './commands/zone.ts';
import type { AnswerOf, AnyCommand, ValuesOf } from './language.ts';

/** Every command that this cloud knows. */
export const commands = {
  ...zoneCommands,
} as const satisfies Record<string, AnyCommand>;

export type Commands = typeof commands;
export type CommandName = keyof Commands;
export type ParamsOf<N extends CommandName> = ValuesOf<Commands[N]['params']>;
export type ResponseOf<N extends CommandName> = AnswerOf<Commands[N]['response']>;
