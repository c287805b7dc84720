import { hostResponses } from '../api/handlers/host-response.ts';
import { isCloudError, wordsFor } from '../error.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { type Closing, changeState, requireClosing } from '../hosts/maintenance.ts';
import { tell } from '../hosts/setup/tell.ts';
import { emptyHost, forecast } from './empty-host.ts';
import { type Run, saga } from './saga.ts';

/** A host as whoever asked for the job is shown it. */
export const hostResult = async (run: Run, { hostId }: Closing): Promise<Record<string, unknown>> => ({
  host: (await hostResponses(run, [hostId]))[0],
});

/** Closes a host, then moves its machines away. What has moved stays moved when it fails, and the host stays closed. */
export const prepareHostForMaintenance = saga<Closing>('prepare-host-for-maintenance', {
  result: hostResult,
  failed: async (run, { hostId }, error) => {
    const host = await run.db
      .selectFrom('host')
      .select(['name', 'zone_id', 'resource_state'])
      .where('id', '=', hostId)
      .executeTakeFirst();
    if (host?.resource_state !== 'ErrorInPrepareForMaintenance') return;
    const why = isCloudError(error) ? wordsFor(true, error) : 'An unexpected error: the server’s log has it.';
    const description = `Host ${host.name} could not be prepared for maintenance. ${why}`;
    await raiseAlert(run.db, { type: 'HOST', name: 'ALERT.HOST', description, zoneId: host.zone_id, resourceId: hostId });
  },
})
  .step('close', {
    do: async ({ db }, { hostId }) => {
      const before = ['Enabled', 'Disabled', 'Maintenance', 'ErrorInPrepareForMaintenance'];
      await changeState(db, hostId, before, 'PrepareForMaintenance');
    },
    undo: async ({ db }, { hostId }) => {
      await changeState(db, hostId, ['PrepareForMaintenance'], 'ErrorInPrepareForMaintenance');
    },
  })
  .step('forecast', {
    do: async (run, closing) => tell(run, `The host is emptied for maintenance: ${await forecast(run, closing)}.`),
    undo: { nothing: 'it only tells' },
  })
  .step('guests', { do: emptyHost, undo: { nothing: 'what has moved runs on where it is' } })
  .step('maintenance', {
    do: async ({ db }, { hostId }) => {
      if (await changeState(db, hostId, ['PrepareForMaintenance', 'Maintenance'], 'Maintenance')) return;
      await requireClosing(db, { hostId });
    },
    undo: async ({ db }, { hostId }) => {
      await changeState(db, hostId, ['Maintenance'], 'PrepareForMaintenance');
    },
  });
