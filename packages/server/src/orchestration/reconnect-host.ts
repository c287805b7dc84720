import { hostResponses } from '../api/handlers/host-response.ts';
import { CloudError } from '../error.ts';
import { connectAnew } from '../hosts/connect-anew.ts';
import { awaitUp } from '../hosts/setup/take-in.ts';
import { saga } from './saga.ts';

/** Has a host's agent connect anew and waits until the host is Up. */
export const reconnectHost = saga<{ readonly hostId: string }>('reconnect-host', {
  result: async (run, { hostId }) => ({ host: (await hostResponses(run, [hostId]))[0] }),
})
  .step('disconnect', {
    do: (run, { hostId }) => connectAnew(run, hostId),
    undo: { nothing: 'the agent connects again by itself' },
  })
  .step('up', {
    do: async (run, { hostId }) => {
      if (await awaitUp(run, hostId)) return;
      const host = await run.db.selectFrom('host').select(['name', 'status']).where('id', '=', hostId).executeTakeFirstOrThrow();
      throw new CloudError(
        'unavailable',
        `The agent of host ${host.name} was asked to connect anew; after a minute the host is ${host.status}. Look at the host, and at its agent's log (journalctl -u virtstack-agent).`,
      );
    },
    undo: { nothing: 'it only waits' },
  });
