import assert from 'node:assert/strict';
import { type AnyCommand, type CommandName, commands, type ResponseOf } from '@virtstack/contract';
import type { Content, TestServer, Values } from '../../http/testing.ts';

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
      const declared: AnyCommand = commands[command];
      const waits = declared.kind === 'async' || declared.kind === 'async-create';
      return made(declared, waits ? (await server.job(command, values)).jobresult : await server.call(command, values));
    },
    list: async (command, values) => {
      const { listKey, response }: AnyCommand = commands[command];
      const content = accepted(await server.call(command, values));
      return { count: content.count ?? 0, items: (content[listKey ?? response.key] ?? []) as never };
    },
    refusal: async (command, values) => {
      const { errorcode, errortext, ...rest } = await server.call(command, values);
      assert.ok(errorcode !== undefined && errortext !== undefined, `it was not refused: ${JSON.stringify(rest)}`);
      return { code: errorcode, text: errortext };
    },
  };
}

function accepted<T extends Content>(content: T): T {
  assert.equal(content.errortext, undefined);
  return content;
}

function made<T>({ answersList, response }: AnyCommand, content: Content): T {
  const one = response.flat ? accepted(content) : accepted(content)[response.key];
  return (answersList ? (one as readonly T[])[0] : one) as T;
}
