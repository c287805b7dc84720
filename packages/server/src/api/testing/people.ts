import type { RoleType } from '@virtstack/contract';
import { makeDomain, makePerson, type Person } from '../../accounts/testing.ts';
import { type Content, callAs, jobAs, type TestServer, type Values } from '../../http/testing.ts';
import { type TestZone, withZone } from '../../orchestration/testing/zone.ts';
import { type Admin, admin } from '../handlers/testing.ts';

/** Somebody of a test who calls in the contract's types. */
export type Speaker = Admin & Person & { call(command: string, values?: Values): Promise<Content> };

/** An account with a user of that name, who speaks for himself. */
export async function speaker(server: TestServer, name: string, role?: RoleType, path?: string): Promise<Speaker> {
  const person = await makePerson(server.cloud.db, server.cloud.secrets, name, role, path);
  const call = (command: string, values?: Values) => callAs(server, person, command, values);
  return { ...person, call, ...admin({ call, job: (command, values) => jobAs(server, person, command, values) }) };
}

/** A zone with its administrator, and a domain `works` with two users and an admin of its own. */
export type Works = {
  readonly zone: TestZone;
  readonly root: Admin;
  readonly ann: Speaker;
  readonly bob: Speaker;
  readonly chief: Speaker;
};

export async function withWorks(): Promise<Works> {
  const zone = await withZone();
  await makeDomain(zone.server.cloud.db, 'works');
  const ann = await speaker(zone.server, 'ann', 'User', '/works/');
  const bob = await speaker(zone.server, 'bob', 'User', '/works/');
  const chief = await speaker(zone.server, 'chief', 'DomainAdmin', '/works/');
  return { zone, root: admin(zone.server), ann, bob, chief };
}
