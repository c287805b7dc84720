import { agentMethods } from '@virtstack/protocol';
import { moveGuest } from '../migration/move.ts';
import { action, change } from './action.ts';

/** Asked for again it joins the move that goes on, also by a newer order, which ends everything else. */
export const migrateGuest = action(agentMethods.migrateGuest, async (host, move, { signal, progress }) => {
  const { uuid, epoch } = move;
  await host.epochs.accept(uuid, epoch);
  const state = await host.moves.join(uuid, signal, progress, (signal, progress) =>
    change(host, uuid, epoch, signal, (signal) => moveGuest(host, move, signal, progress)),
  );
  return { state };
});
