import type { CommandName, Commands, ParamsOf, ResponseOf } from '@virtstack/contract';

/** What JSON makes of a declared value: dates are text. */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? readonly Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

/** One object of a command's answer. */
export type Item<N extends CommandName> = Wire<ResponseOf<N>>;
export type List<T> = { readonly count: number; readonly items: readonly T[] };
/** What a caller passes: the server knows the defaults, so none is required of him here, and what is undefined is not sent. */
export type CallParams<N extends CommandName> = { readonly [P in keyof ParamsOf<N>]?: ParamsOf<N>[P] | undefined };

type NamesOfKind<K> = { [N in CommandName]: Commands[N]['kind'] extends K ? N : never }[CommandName];
export type ListName = NamesOfKind<'list'>;
export type JobName = NamesOfKind<'async' | 'async-create'>;

export type Started = { readonly jobid: string; readonly id?: string };
export type Reply<N extends CommandName> = N extends ListName ? List<Item<N>> : N extends JobName ? Started : Item<N>;
