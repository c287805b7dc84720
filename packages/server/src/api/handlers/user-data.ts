import type { Handlers } from '../handler.ts';

export const userData = {
  getVirtualMachineUserData: async ({ db }, { virtualmachineid }) => {
    const of = db.selectFrom('virtual_machine').select('user_data').where('id', '=', virtualmachineid);
    return { virtualmachineid, userdata: (await of.executeTakeFirstOrThrow()).user_data };
  },
} satisfies Handlers<'getVirtualMachineUserData'>;
