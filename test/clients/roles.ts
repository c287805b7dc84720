import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Works, withWorks } from '../../packages/server/src/api/testing/people.ts';
import { seedId } from '../../packages/server/src/db/seed.ts';
import type { Keys } from '../../packages/server/src/http/testing.ts';
import type { Access } from './run.ts';

export const roles = ['Admin', 'DomainAdmin', 'User'] as const;
export type Role = (typeof roles)[number];

/** A real server (database, HTTPS, certificate) whose host is in memory, and somebody of each role. */
export type Cloud = { readonly works: Works; readonly access: Readonly<Record<Role, Access>>; readonly dir: string };

const made: string[] = [];
// At import, where the hook belongs to the file and not to a single test.
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

export async function withRoles(): Promise<Cloud> {
  const works = await withWorks();
  await works.zone.addHost();
  // else users’ machines stay for a day after they are destroyed
  await works.root.make('updateConfiguration', { name: 'allow.user.expunge.recover.vm', value: true });
  const { server } = works.zone;
  const dir = mkdtempSync(join(tmpdir(), 'clients-'));
  made.push(dir);
  const cacertificate = join(dir, 'authority.pem');
  writeFileSync(cacertificate, server.authority);
  const access = ({ apikey, secretkey }: Keys, account: string, domain: string, domainid: string): Access => ({
    ...{ apikey, secretkey, account, domain, domainid, cacertificate },
    api: `https://${server.address.host}:${server.address.port}/client/api`,
  });
  const { ann, chief } = works;
  return {
    works,
    dir,
    access: {
      Admin: access(server.firstAdmin!, 'admin', 'ROOT', seedId('domain', 'ROOT')),
      DomainAdmin: access(chief, chief.name, 'ROOT/works', chief.domainId),
      User: access(ann, ann.name, 'ROOT/works', ann.domainId),
    },
  };
}
