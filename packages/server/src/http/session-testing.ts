import type { RunningServer } from '../main.ts';
import { type Content, send, type Values } from './testing.ts';

/** A session as a browser has it, in tests: what its log-in answered, and calls in it. */
export type Session = {
  readonly status: number;
  readonly content: Content;
  call(command: string, values?: Values): Promise<{ readonly status: number; readonly content: Content }>;
};

type Server = Pick<RunningServer, 'address' | 'authority'>;
type Credentials = { readonly username: string; readonly password: string; readonly domain?: string };

export async function logInAs(server: Server, credentials: Credentials): Promise<Session> {
  const { status, content, headers } = await post(server, { command: 'login', ...credentials });
  const cookie = ((headers['set-cookie'] ?? []) as string[]).map((line) => line.split(';')[0]).join('; ');
  const sessionkey = String(content.sessionkey);
  return { status, content, call: (command, values = {}) => post(server, { ...values, command, sessionkey }, { cookie }) };
}

async function post(server: Server, values: Values, headers: Record<string, string> = {}) {
  const pairs = Object.entries({ response: 'json', ...values }).map(([name, value]) => [name, String(value)]);
  const answer = await send(server, '/client/api', { form: String(new URLSearchParams(pairs)), headers });
  const [content] = Object.values(JSON.parse(answer.text) as Record<string, Content>);
  return { status: answer.status, content: content!, headers: answer.headers };
}
