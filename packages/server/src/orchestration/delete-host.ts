import { close, type Deleting, leave, leaveStep, remove, reopen, stopGuests } from '../hosts/deleting.ts';
import { saga } from './saga.ts';

/** Deletes a host. One that the server set up becomes what it was before. */
export const deleteHost = saga<Deleting>('delete-host', {
  result: async (_, { left }) => ({ success: true, ...(left && { displaytext: left }) }),
})
  .step('close', { do: close, undo: reopen })
  .step('guests', {
    do: stopGuests,
    undo: { nothing: 'a guest that is down stays down; its host’s word then shows it as Stopped' },
  })
  .step(leaveStep, { do: leave, undo: { nothing: 'a host that has begun to leave leaves' } })
  .step('remove', { do: remove, undo: { nothing: 'all of it or nothing is done' } });
