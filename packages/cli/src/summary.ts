import { readFileSync } from 'node:fs';
import type { Admin } from './api-client.ts';
import type { Paths } from './paths.ts';
import { print } from './say.ts';

export const readAdmin = (paths: Paths): Admin => JSON.parse(readFileSync(paths.admin, 'utf8')) as Admin;

/** What a person needs to go on; the same stands in admin.json. */
export function summary(paths: Paths, last: string): void {
  const admin = readAdmin(paths);
  print('');
  print(`  URL         ${admin.url}`);
  print(`  user name   ${admin.username}`);
  print(`  password    ${admin.password}`);
  print(`  API         ${admin.api}`);
  print(`  API key     ${admin.apikey}`);
  print(`  secret key  ${admin.secretkey}`);
  print(`  authority   ${admin.cacertificate} (import it, or accept the browser's warning once)`);
  print('');
  print(`  The same stands in ${paths.admin}.`);
  print('  Next: log in at the URL and press "Deploy an instance"; it shows in `virsh list` like any other guest.');
  print(`  ${last}`);
}
