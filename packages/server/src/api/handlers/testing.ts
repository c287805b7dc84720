import { type AnyCommand, type CommandName, commands, type ResponseOf } from '@virtstack/contract';
import { itemsIn, objectIn, refusalIn, type TestServer, type Values } from '../../http/testing.ts';

/** An answer as a test reads it: it looks only at fields that it knows to be there. */
export type Told<N extends CommandName> = { readonly [K in keyof ResponseOf<N>]-?: NonNullable<ResponseOf<N>[K]> };

/** The administrator of a test's server, who speaks in the contract's types. */
export type Admin = {
  /** What a command made or changed; of an asynchronous one, what its job answered. */
  make<N extends CommandName>(command: N, values?: Values): Promise<Told<N>>;
  list<N extends CommandName>(
    command: N,
    values?: Values,
  ): Promise<{ readonly count: number; readonly items: readonly Told<N>[] }>;
  /** Why a command was refused: the code and the words. */
  refusal(command: CommandName, values?: Values): Promise<{ readonly code: number; readonly text: string }>;
};

export function admin(server: Pick<TestServer, 'call' | 'job'>): Admin {
  return {
    make: async (command, values) => {
      const { kind }: AnyCommand = commands[command];
      const waits = kind === 'async' || kind === 'async-create';
      return objectIn(command, waits ? (await server.job(command, values)).jobresult : await server.call(command, values));
    },
    list: async (command, values) => {
      const content = await server.call(command, values);
      return { items: itemsIn(command, content), count: content.count ?? 0 };
    },
    refusal: async (command, values) => refusalIn(command, await server.call(command, values)),
  };
}
