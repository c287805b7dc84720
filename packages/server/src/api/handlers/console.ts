import { isAccepted } from '@virtstack/contract';
import { issueTicket } from '../console-tickets.ts';
import type { Handlers } from '../handler.ts';

/** Where http/console.ts listens, below the server's own address. */
export const consolePath = 'client/console/socket';

export const consoles = {
  createConsoleEndpoint: async ({ db, caller, url }, { virtualmachineid }) => {
    const machine = await db
      .selectFrom('virtual_machine')
      .select(['name', 'state'])
      .where('id', '=', virtualmachineid)
      .executeTakeFirstOrThrow();
    if (!isAccepted('createConsoleEndpoint', machine.state))
      return {
        success: false,
        details: `The virtual machine ${machine.name} is ${machine.state}: it has a console while it runs. Start it first.`,
      };
    const ticket = await issueTicket(db, { virtualMachineId: virtualmachineid, userId: caller.userId });
    const base = new URL(url);
    return {
      success: true,
      url: `${base.origin}/client/console/?ticket=${ticket}&vm=${virtualmachineid}`,
      websocket: { token: ticket, host: base.hostname, port: base.port || '443', path: consolePath },
    };
  },
} satisfies Handlers<'createConsoleEndpoint'>;
