import type { RoleType } from '@virtstack/contract';
import { makePerson, type Person } from '../../accounts/testing.ts';
import { type Content, callAs, jobAs, type TestServer, type Values } from '../../http/testing.ts';
import { type Admin, admin } from '../handlers/testing.ts';

/** Somebody of a test who calls in the contract's types. */
export type Speaker = Admin & Person & { call(command: string, values?: Values): Promise<Content> };

/** An account with a user of that name, who speaks for himself. */
export async function speaker(server: TestServer, name: string, role?: RoleType, path?: string): Promise<Speaker> {
  const person = await makePerson(server.cloud.db, server.cloud.secrets, name, role, path);
  const call = (command: string, values?: Values) => callAs(server, person, command, values);
  return { ...person, call, ...admin({ call, job: (command, values) => jobAs(server, person, command, values) }) };
}
