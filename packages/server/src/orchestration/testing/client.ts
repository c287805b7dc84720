import { type AnyCommand, type CommandName, commands, type ResponseOf } from '@virtstack/contract';
import { callAs, itemsIn, jobAs, type Keys, objectIn, type ReachedServer, refusalIn, type Values } from '../../http/testing.ts';
import type { RunningServer } from '../../main.ts';

export type Ended<N extends CommandName> = {
  readonly status: number;
  readonly made: ResponseOf<N>;
  readonly errorcode: number | undefined;
  readonly errortext: string | undefined;
};

/** A caller of the real API whose answers have the contract's types (dates come as texts). */
export type Client = {
  one<N extends CommandName>(command: N, values?: Values): Promise<ResponseOf<N>>;
  list<N extends CommandName>(command: N, values?: Values): Promise<readonly ResponseOf<N>[]>;
  /** Waits for the job's end. */
  job<N extends CommandName>(command: N, values?: Values): Promise<Ended<N>>;
  /** Why it is refused at once. @throws {Error} it is not. */
  refusal(command: CommandName, values?: Values): Promise<string>;
};

export function client(server: ReachedServer & Pick<RunningServer, 'firstAdmin'>, keys: Keys = server.firstAdmin!): Client {
  const ask = (command: CommandName, values?: Values) => callAs(server, keys, command, values);
  return {
    one: async (command, values) => objectIn(command, await ask(command, values)),
    list: async (command, values) => itemsIn(command, await ask(command, values)),
    job: async <N extends CommandName>(command: N, values?: Values): Promise<Ended<N>> => {
      const { jobstatus: status, jobresult: result } = await jobAs(server, keys, command, values);
      const made = (result[(commands[command] as AnyCommand).response.key] ?? result) as unknown as ResponseOf<N>;
      return { status, made, errorcode: result.errorcode, errortext: result.errortext };
    },
    refusal: async (command, values) => refusalIn(command, await ask(command, values)).text,
  };
}
