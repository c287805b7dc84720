import { fstatSync, readFileSync } from 'node:fs';
import { print } from '@virtstack/shell/say.ts';
import type { Admin } from './api-client.ts';
import { readInstallation } from './options.ts';
import { labDirectory, type Paths } from './paths.ts';

export const readAdmin = (paths: Paths): Admin => JSON.parse(readFileSync(paths.admin, 'utf8')) as Admin;

/** What a person needs to go on; the same stands in admin.json. */
export function summary(paths: Paths, last: string): void {
  const lab = readInstallation(paths)?.lab;
  const shows = lab ? `./virtstack lab ssh --data ${labDirectory(paths)} HOST virsh list` : 'virsh list';
  const next = `Next: log in at the URL and press "Deploy an instance"; it shows in \`${shows}\` like any other guest.`;
  for (const line of [...facts(readAdmin(paths), paths.admin, isJournal()), `  ${next}`, `  ${last}`]) print(line);
}

/** `kept`: the lines stay where others than root may read them, so no secret is among them. */
export function facts(admin: Admin, file: string, kept: boolean): string[] {
  const secret = (text: string): string => (kept ? `in ${file}, for root alone` : text);
  return [
    '',
    `  URL         ${admin.url}`,
    `  user name   ${admin.username}`,
    `  password    ${secret(admin.password)}`,
    `  API         ${admin.api}`,
    `  API key     ${admin.apikey}`,
    `  secret key  ${secret(admin.secretkey)}`,
    `  authority   ${admin.cacertificate} (import it, or accept the browser's warning once)`,
    '',
    `  The same stands in ${file}.`,
  ];
}

/** Whether what is printed goes into systemd's journal (systemd.exec(5): `JOURNAL_STREAM` names its device and inode). */
function isJournal(): boolean {
  const { dev, ino } = fstatSync(1, { bigint: true });
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`;
}
