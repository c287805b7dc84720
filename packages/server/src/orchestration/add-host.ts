import { hostResponses } from '../api/handlers/host-response.ts';
import { type Adding, forgetWay } from '../hosts/setup/adding.ts';
import { certify, revoke } from '../hosts/setup/certify.ts';
import { copyPrograms } from '../hosts/setup/copy-programs.ts';
import { forgetNewKey, logIn } from '../hosts/setup/log-in.ts';
import { checkHost, joinHost, leaveHost, prepareHost, removeCopied } from '../hosts/setup/prepare-host.ts';
import { awaitAgent, awaitUp, removeHost, takeInHost } from '../hosts/setup/take-in.ts';
import { localStorage } from '../storage/local-storage.ts';
import { type Run, saga } from './saga.ts';

const hostOf = async (run: Run, { hostId }: { readonly hostId: string }) => ({ host: (await hostResponses(run, [hostId]))[0] });

/** A host whose agent waited has been taken in by the command itself; the job only tells it. */
export const hostTakenIn = saga<{ readonly hostId: string }>('host-taken-in', { result: hostOf });

const cannotFail = { nothing: 'it does not fail, and nothing after it does' };

/** Adds a host over SSH. Of one that could not be added nothing is left, there or here. */
export const addHost = saga<Adding>('add-host', {
  result: async (run, adding) => {
    await forgetWay(run);
    return hostOf(run, adding);
  },
  failed: forgetWay,
})
  .step('log in', { do: logIn, undo: forgetNewKey })
  .step('copy', { do: copyPrograms, undo: removeCopied })
  .step('check', { do: checkHost, undo: { nothing: 'a check changes nothing' } })
  .step('prepare', { do: prepareHost, undo: leaveHost })
  .step('certificate', { do: certify, undo: revoke })
  .step('join', { do: joinHost, undo: { nothing: 'what prepare began and join ended is undone in one' } })
  .step('agent', { do: awaitAgent, undo: { nothing: 'it only waits' } })
  .step('host', { do: takeInHost, undo: removeHost })
  .step('up', {
    do: async (run, { hostId }) => {
      await awaitUp(run, hostId);
    },
    undo: cannotFail,
  })
  .step('local storage', { do: localStorage, undo: cannotFail });
