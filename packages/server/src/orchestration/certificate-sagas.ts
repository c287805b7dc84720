import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { revokedChannel } from '../hosts/channel.ts';
import { connectAnew } from '../hosts/connect-anew.ts';
import { awaitUp } from '../hosts/setup/take-in.ts';
import { saga } from './saga.ts';

const renewMs = 120_000;

/** A certificate is worthless from now on; whoever is connected with it is cut off. */
export const revokeCertificate = saga<{ readonly serial: string }>('revoke-certificate').step('revoke', {
  do: async ({ db }, { serial }) => {
    await db.transaction().execute(async (tx) => {
      await tx
        .updateTable('certificate')
        .set({ revoked: sql<Date>`clock_timestamp()` })
        .where('serial', '=', serial)
        .where('revoked', 'is', null)
        .execute();
      await sql`select pg_notify(${revokedChannel}, ${serial})`.execute(tx);
    });
  },
  undo: { nothing: 'what was revoked may have been stolen' },
});

/** A host's agent makes a new key and has it certified. */
export const provisionCertificate = saga<{ readonly hostId: string; readonly reconnect: boolean }>('provision-certificate')
  .step('renew', {
    do: async ({ agents, signal }, { hostId }) => {
      await agents.call(hostId, agentMethods.renewCertificate, {}, { timeoutMs: renewMs, signal });
    },
    undo: { nothing: 'either certificate is good until the new one is in place' },
  })
  .step('reconnect', {
    do: async (run, { hostId, reconnect }) => {
      if (!reconnect) return;
      await connectAnew(run, hostId);
      await awaitUp(run, hostId);
    },
    undo: { nothing: 'the agent connects again by itself' },
  });
