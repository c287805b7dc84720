import type { Caller } from '../caller.ts';
import { type ParameterValue, parametersToRecord } from '../parameters.ts';
import { procedures } from '../procedures.ts';
import type { CallOptions } from '../session.ts';
import type { DomainReference, TypedParameter } from '../wire-types.ts';

/** Saving, migrating, jobs. The calls that move memory have no time-out of their own: use a connection that does nothing else. */
export const saving = ({ call }: Caller, dom: DomainReference) => ({
  /** Writes memory and state to a file on the host and stops the domain (VIR_DOMAIN_SAVE_). */
  async save(
    to: string,
    { dxml = null, flags = 0, ...options }: CallOptions & { dxml?: string | null; flags?: number } = {},
  ): Promise<void> {
    await call(procedures.DOMAIN_SAVE_FLAGS, { dom, to, dxml, flags }, options);
  },
  /** Saves to a file that libvirt keeps; the next start resumes from it. */
  async managedSave(flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_MANAGED_SAVE, { dom, flags }, options);
  },
  async hasManagedSave(options?: CallOptions): Promise<boolean> {
    return (await call(procedures.DOMAIN_HAS_MANAGED_SAVE_IMAGE, { dom, flags: 0 }, options)).result !== 0;
  },
  async removeManagedSave(options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_MANAGED_SAVE_REMOVE, { dom, flags: 0 }, options);
  },
  /**
   * Migrates, the two daemons talking to each other: `to` is the other's URI as this daemon can reach it. The flags (VIR_MIGRATE_) must
   * have VIR_MIGRATE_PEER2PEER. Resolves when the domain runs there.
   */
  async migrate(to: string, params: readonly TypedParameter[], flags: number, options?: CallOptions): Promise<void> {
    const args = { dom, dconnuri: to, params, cookie_in: Buffer.alloc(0), flags };
    await call(procedures.DOMAIN_MIGRATE_PERFORM3_PARAMS, args, options);
  },
  /** The most that a migration may use, in MiB/s. */
  async setMigrationSpeed(bandwidth: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_MIGRATE_SET_MAX_SPEED, { dom, bandwidth, flags }, options);
  },
  /** How long the domain may stand still at the end of a migration, in ms. */
  async setMigrationDowntime(downtime: bigint, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_MIGRATE_SET_MAX_DOWNTIME, { dom, downtime, flags: 0 }, options);
  },
  /** The job that runs: VIR_DOMAIN_JOB_ type; times in ms, sizes in bytes. */
  jobInfo(options?: CallOptions) {
    return call(procedures.DOMAIN_GET_JOB_INFO, { dom }, options);
  },
  /** The same with all that the driver knows, by libvirt's names (VIR_DOMAIN_JOB_STATS_). */
  async jobStats(flags = 0, options?: CallOptions): Promise<{ type: number; stats: Record<string, ParameterValue> }> {
    const { type, params } = await call(procedures.DOMAIN_GET_JOB_STATS, { dom, flags }, options);
    return { type, stats: parametersToRecord(params) };
  },
  async abortJob(options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_ABORT_JOB, { dom }, options);
  },
});
