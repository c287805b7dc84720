import { agentMethods, type GuestReport } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { gathered } from '../db/gathered.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { recordBootProblem } from './boot-problem.ts';
import { judge, type Machine, type Verdict } from './judge.ts';
import { recordMachineEvent } from './machine-event.ts';
import { runsElsewhere } from './runs-elsewhere.ts';
import { settleMigration } from './settle-migration.ts';

const recheckMs = 500;
const askMs = 10_000;
/** `busy`: a job has it. */
type Compared = Machine & {
  readonly busy: boolean;
  readonly boot_problem: string | null;
  readonly migration_host_id: string | null;
  readonly last_host_id: string | null;
  readonly adopted: boolean;
};
/** `between`: a migration ended, and nobody could say where it is. */
type Difference = { readonly machine: Compared; readonly verdict: Verdict | 'between' };
const openJob = sql<boolean>`exists (select 1 from job where status = 0 and instance_id = virtual_machine.id)`;

/**
 * Brings what the hosts say and what the database says together. libvirt is the truth of what runs: what an admin does with virsh is shown, never fought.
 * A report may be older than it looks, so a difference is believed only when the host, asked anew, still says so; and never while a job has the machine.
 */
export class Truth {
  readonly #cloud: Cloud;
  /** By host: the machines because of which it is to be asked again. */
  readonly #rechecks = new Map<string, { readonly timer: NodeJS.Timeout; readonly machines: Set<string> }>();
  #closed = false;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#rechecks.values()) clearTimeout(timer);
  }

  /** A full report: what it does not name is not there. */
  async reported(hostId: string, guests: readonly GuestReport[]): Promise<void> {
    const differences = await this.#compare(hostId, guests, true);
    if ((await expunged(this.#cloud.db, guests)).length > 0) await this.#confirm(hostId);
    else await this.#look(hostId, differences);
  }

  async guestChanged(hostId: string, guest: GuestReport): Promise<void> {
    await this.#look(hostId, await this.#compare(hostId, [guest], false));
  }

  /** While jobs have all of the machines, nothing would be believed: the host is not asked in the midst of their work. */
  async #look(hostId: string, differences: readonly Difference[]): Promise<void> {
    if (differences.some(({ machine }) => !machine.busy)) await this.#confirm(hostId);
    else for (const { machine } of differences) this.#recheck(hostId, machine.id);
  }

  async #confirm(hostId: string): Promise<void> {
    const { db, agents } = this.#cloud;
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
    const { guests } = await agents.call(hostId, agentMethods.report, {}, { timeoutMs: askMs });
    for (const difference of await this.#compare(hostId, guests, true)) {
      const applied = await this.#apply(hostId, difference, rows[0]!.now);
      if (!applied) this.#recheck(hostId, difference.machine.id);
    }
    // What was expunged while its host was away must not live on there. What we never knew is left alone.
    for (const { id, epoch } of await expunged(this.#cloud.db, guests))
      await removeOn(this.#cloud, hostId, 'removeGuest', { uuid: id, epoch });
  }

  /** A job has the machine, or changed it while the host was asked: look again when it has ended. Until then the host is left in peace. */
  #recheck(hostId: string, machineId: string): void {
    const waiting = this.#rechecks.get(hostId);
    if (waiting) waiting.machines.add(machineId);
    if (this.#closed || waiting) return;
    const machines = new Set([machineId]);
    const look = async (): Promise<void> => {
      const busy = await this.#busy([...machines]);
      this.#rechecks.delete(hostId);
      if (busy.length === machines.size) for (const id of busy) this.#recheck(hostId, id);
      else await this.#confirm(hostId);
    };
    const timer = setTimeout(() => {
      look().catch((error: unknown) => {
        this.#rechecks.delete(hostId);
        this.#cloud.log.warn({ err: error, hostId }, 'could not compare a host');
      });
    }, recheckMs);
    this.#rechecks.set(hostId, { timer, machines });
  }

  async #busy(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#cloud.db
      .selectFrom('virtual_machine')
      .select('id')
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .where(openJob)
      .execute();
    return rows.map(({ id }) => id);
  }

  async #compare(hostId: string, reports: readonly GuestReport[], full: boolean): Promise<Difference[]> {
    const ours = new Map(reports.filter((g) => g.ours).map((g) => [g.uuid, g]));
    const machines = await machinesOf(this.#cloud.db, { ids: [...ours.keys()], ...(full && { hostId }) });
    const differences: Difference[] = [];
    for (const machine of machines) {
      const guest = ours.get(machine.id);
      const power = guest?.state ?? 'absent';
      if (machine.state === 'Migrating' && machine.migration_host_id !== null) {
        differences.push({ machine, verdict: 'between' });
        continue;
      }
      const verdict = judge(machine, power, hostId, guest?.reason);
      if (verdict) differences.push({ machine, verdict });
      else if (machine.host_id === hostId) {
        if (machine.power_state !== power) await this.#recordPower(machine.id, power);
        if (machine.state === 'Running' && guest) await recordBootProblem(this.#cloud, machine, guest);
      }
    }
    return differences;
  }

  async #recordPower(id: string, power: string): Promise<void> {
    await this.#cloud.db.updateTable('virtual_machine').set({ power_state: power }).where('id', '=', id).execute();
  }

  /** Answers false where it must be looked at again. */
  async #apply(hostId: string, { machine, verdict }: Difference, asked: Date): Promise<boolean> {
    const { db } = this.#cloud;
    // While a job has it, that job finds out.
    if (verdict === 'between') return !machine.busy && this.#settle(machine.id);
    if (verdict.power === 'absent') {
      const elsewhere = await runsElsewhere(this.#cloud, machine.id, hostId);
      if (elsewhere !== undefined) return this.#moved(elsewhere, machine);
    }
    if (verdict.to === 'Running' && machine.host_id !== null && machine.host_id !== hostId && (await this.#runsThere(machine)))
      return this.#warnOfTwins(machine, hostId);
    const changed = await db.transaction().execute(async (tx) => {
      const changed = await tx
        .updateTable('virtual_machine')
        .set({
          state: verdict.to,
          power_state: verdict.power,
          host_id: verdict.to === 'Running' ? hostId : null,
          last_host_id: hostId,
          boot_problem: null,
          state_changed: sql<Date>`clock_timestamp()`,
        })
        .where('id', '=', machine.id)
        .where('state', '=', machine.state)
        .where(sql<boolean>`host_id is not distinct from ${machine.host_id}`)
        .where('state_changed', '<', asked)
        .where((eb) => eb.not(openJob))
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return false;
      await recordMachineEvent(tx, machine, verdict.event, verdict.level, verdict.words);
      if (verdict.alert)
        await raiseAlert(tx, {
          type: 'USERVM',
          name: 'ALERT.USERVM',
          description: verdict.words,
          zoneId: machine.zone_id,
          resourceId: machine.id,
        });
      return true;
    });
    if (changed && verdict.to === 'Running') await this.#forgetAtFormer(machine, hostId);
    return changed;
  }

  /** A definition of ours that stayed where it was would be found by nobody, and could be started beside the guest. */
  async #forgetAtFormer(machine: Compared, hostId: string): Promise<void> {
    const former = machine.host_id ?? machine.last_host_id;
    if (former === null || former === hostId || machine.adopted) return;
    const { rows } = await sql<{ epoch: number }>`select nextval('job_epoch') as epoch`.execute(this.#cloud.db);
    await removeOn(this.#cloud, former, 'forgetGuest', { uuid: machine.id, epoch: rows[0]!.epoch }).catch((error: unknown) =>
      this.#cloud.log.warn({ err: error, machineId: machine.id, former }, 'a former host keeps a definition'),
    );
  }

  /** Asks both hosts between which it is; where neither can say it, that is told when the next of them reports. */
  async #settle(machineId: string): Promise<true> {
    const { db, stopping, log } = this.#cloud;
    const { rows } = await sql<{ epoch: number }>`select nextval('job_epoch') as epoch`.execute(db);
    try {
      await settleMigration({ ...this.#cloud, epoch: rows[0]!.epoch, signal: stopping }, machineId, 0);
    } catch (error) {
      log.info({ err: error, machineId }, 'nobody can say yet where a machine is');
    }
    return true;
  }

  /** Its host lost it because it was moved by hand: it is believed where it runs. */
  async #moved(hostId: string, machine: Compared): Promise<boolean> {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(this.#cloud.db);
    const verdict = judge(machine, 'running', hostId);
    return verdict === undefined || this.#apply(hostId, { machine, verdict }, rows[0]!.now);
  }

  /** Does the host that we think has it say so too? */
  async #runsThere(machine: Machine): Promise<boolean> {
    const { agents } = this.#cloud;
    if (!(await agents.connected(machine.host_id!))) return true;
    const { guests } = await agents.call(machine.host_id!, agentMethods.report, {}, { timeoutMs: askMs });
    return guests.some((g) => g.uuid === machine.id && (g.state === 'running' || g.state === 'paused'));
  }

  async #warnOfTwins(machine: Machine, hostId: string): Promise<true> {
    const { db } = this.#cloud;
    const name = 'ALERT.TWINS';
    const known = db
      .selectFrom('alert')
      .select('id')
      .where('resource_id', '=', machine.id)
      .where('name', '=', name)
      .where('archived', '=', false);
    if (await known.executeTakeFirst()) return true;
    const description = `${machine.display_name} (${machine.instance_name}) runs on host ${hostId}, while host ${machine.host_id} has it too or cannot be asked. Stop one of them with virsh.`;
    await raiseAlert(db, { type: 'USERVM', name, description, zoneId: machine.zone_id, resourceId: machine.id });
    return true;
  }
}

type Asked = { readonly ids: readonly string[]; readonly hostId?: string };

/** Those that are named, and those that a host should have. Looked for apart: each has an index. */
const machinesOf = gathered(async (db, asked: readonly Asked[]): Promise<Compared[][]> => {
  const hostIds = asked.flatMap(({ hostId }) => hostId ?? []);
  const rows = await db
    .selectFrom('virtual_machine')
    .select([
      'id',
      'state',
      'host_id',
      'migration_host_id',
      'last_host_id',
      'adopted',
      'power_state',
      'display_name',
      'instance_name',
      'zone_id',
      'account_id',
      'domain_id',
      'ha_enabled',
      'boot_problem',
      openJob.as('busy'),
    ])
    .where('removed', 'is', null)
    .where((eb) =>
      eb.or([
        eb('id', '=', sql<string>`any(${asked.flatMap(({ ids }) => ids)}::uuid[])`),
        eb('host_id', '=', sql<string>`any(${hostIds}::uuid[])`),
      ]),
    )
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byHost = Map.groupBy(rows, (row) => row.host_id);
  return asked.map(({ ids, hostId }) => [
    ...new Set([
      ...ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []),
      ...((hostId !== undefined && byHost.get(hostId)) || []),
    ]),
  ]);
});

type Expunged = { readonly id: string; readonly epoch: number };

/** Those of our guests whose machines are gone for good, each with an epoch of its own. */
const expunged = (db: Database, guests: readonly GuestReport[]): Promise<Expunged[]> =>
  expungedAmong(
    db,
    guests.filter((g) => g.ours).map((g) => g.uuid),
  );

const expungedAmong = gathered(async (db, asked: readonly (readonly string[])[]): Promise<Expunged[][]> => {
  const rows = await db
    .selectFrom('virtual_machine')
    .select(['id', sql<number>`nextval('job_epoch')`.as('epoch')])
    .where('id', '=', sql<string>`any(${asked.flat()}::uuid[])`)
    .where('removed', 'is not', null)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return asked.map((ids) => ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []));
});
