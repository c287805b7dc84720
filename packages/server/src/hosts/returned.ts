import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { GuestReport } from '@virtstack/protocol';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { raiseAlertOnce } from './alert.ts';
import { leaveByHand } from './setup/prepare-host.ts';

/** The host of that guid which was deleted last; nothing where one of it is in the cloud. */
async function deletedHost(db: Database, guid: string) {
  const last = await db
    .selectFrom('host')
    .select(['id', 'name', 'address', 'zone_id', 'removed'])
    .where('guid', '=', guid)
    .orderBy('removed', (by) => by.desc().nullsFirst())
    .limit(1)
    .executeTakeFirst();
  return last?.removed ? last : undefined;
}
type Deleted = NonNullable<Awaited<ReturnType<typeof deletedHost>>>;

/** The agent of a host that was deleted is back, and says what runs there. The admins are told once of the same guests. */
export async function tellReturned(db: Database, guid: string, guests: readonly GuestReport[]): Promise<void> {
  const active = guests.filter(({ ours, state }) => ours && (state === 'running' || state === 'paused'));
  const host = active.length > 0 ? await deletedHost(db, guid) : undefined;
  if (host) await alarm(db, host, `It still runs ${active.length} of this cloud's virtual machines: ${namesOf(active)}.`);
}

/** As `tellReturned`, of an agent whose certificate was revoked with its host: it is refused before it can say what runs there. */
export async function tellRefused({ db }: Pick<Cloud, 'db'>, request: IncomingMessage): Promise<void> {
  const socket = request.socket as TLSSocket;
  const name = socket.authorized && /^CN=(.+)$/m.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1];
  const host = name && guid.test(name) ? await deletedHost(db, name) : undefined;
  if (host) await alarm(db, host, 'What it runs cannot be asked: its certificate was revoked with it.');
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function namesOf(guests: readonly GuestReport[]): string {
  const names = guests.map(({ name }) => name).sort();
  return `${names.slice(0, 10).join(', ')}${names.length > 10 ? ' …' : ''}`;
}

const alarm = (db: Database, { id, name, address, zone_id, removed }: Deleted, what: string): Promise<void> =>
  raiseAlertOnce(db, {
    ...{ type: 'HOST', name: 'ALERT.HOST', zoneId: zone_id, resourceId: id },
    description: `Host ${name} (${address}) was deleted on ${removed!.toISOString()}, and its agent is back: it is not let in. ${what} Virtual machines that were started elsewhere since must not run there, too: look with virsh list on the host and power them off, or cut it off from the storage. Then add it anew, or run there: ${leaveByHand}`,
  });
