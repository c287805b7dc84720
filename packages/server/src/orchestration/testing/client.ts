import { setTimeout as wait } from 'node:timers/promises';
import { type AnyCommand, type CommandName, commands, type ResponseOf } from '@virtstack/contract';
import { type Keys, send, signedQuery, type Values } from '../../http/testing.ts';
import type { RunningServer } from '../../main.ts';

export type Ended<N extends CommandName> = {
  readonly status: number;
  readonly made: ResponseOf<N>;
  readonly errorcode: number | undefined;
  readonly errortext: string | undefined;
};
type Body = { [name: string]: unknown; errortext?: string; errorcode?: number };

/** A caller of the real API whose answers have the contract's types (dates come as texts). */
export type Client = {
  one<N extends CommandName>(command: N, values?: Values): Promise<ResponseOf<N>>;
  list<N extends CommandName>(command: N, values?: Values): Promise<readonly ResponseOf<N>[]>;
  /** Waits for the job's end. */
  job<N extends CommandName>(command: N, values?: Values): Promise<Ended<N>>;
  /** Why it is refused at once. @throws {Error} it is not. */
  refusal(command: CommandName, values?: Values): Promise<string>;
};

export function client(server: RunningServer, keys: Keys = server.firstAdmin!): Client {
  const ask = async (command: CommandName, values: Values = {}): Promise<Body> => {
    const answer = await send(server, '/client/api', { form: signedQuery(command, values, keys) });
    return Object.values(JSON.parse(answer.text) as Record<string, Body>)[0]!;
  };
  const asked = async (command: CommandName, values?: Values): Promise<Body> => {
    const body = await ask(command, values);
    if (body.errorcode !== undefined) throw new Error(`${command}: ${body.errorcode} ${body.errortext}`);
    return body;
  };
  return {
    one: async <N extends CommandName>(command: N, values?: Values) => {
      const { response }: AnyCommand = commands[command];
      const body = await asked(command, values);
      return (response.flat ? body : body[response.key]) as ResponseOf<N>;
    },
    list: async <N extends CommandName>(command: N, values?: Values) => {
      const { response, listKey }: AnyCommand = commands[command];
      return ((await asked(command, values))[listKey ?? response.key] ?? []) as ResponseOf<N>[];
    },
    job: async <N extends CommandName>(command: N, values?: Values): Promise<Ended<N>> => {
      const { jobid } = await asked(command, values);
      for (;;) {
        const job = await asked('queryAsyncJobResult', { jobid: String(jobid) });
        const result = job.jobresult as Body | undefined;
        const made = (result?.[(commands[command] as AnyCommand).response.key] ?? result) as ResponseOf<N>;
        if (job.jobstatus !== 0)
          return { status: Number(job.jobstatus), made, errorcode: result?.errorcode, errortext: result?.errortext };
        await wait(15);
      }
    },
    refusal: async (command, values) => {
      const body = await ask(command, values);
      if (body.errortext === undefined) throw new Error(`${command} was not refused: ${JSON.stringify(body)}`);
      return body.errortext;
    },
  };
}
