import type { Run } from '../../orchestration/saga.ts';
import { forgetHostKeys, knownHostKey, rememberHostKey } from '../ssh/host-keys.ts';
import { type Adding, shellOf } from './adding.ts';
import { told } from './tell.ts';

/** The host's key is remembered from now on. */
export const logIn = told('log in over SSH', async (run: Run, adding: Adding): Promise<Partial<Adding>> => {
  const { db } = run;
  const { address, port } = adding;
  const newKey = adding.newKey ?? (await knownHostKey(db, address, port)) === undefined;
  const { hostKey } = await shellOf(run, adding);
  await rememberHostKey(db, address, port, hostKey);
  run.progress(3);
  return { newKey };
});

/** Whoever is added at this address next may show another key, unless it was known before. */
export async function forgetNewKey({ db }: Run, { address, newKey }: Adding): Promise<void> {
  const host = await db
    .selectFrom('host')
    .select('id')
    .where('address', '=', address)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (newKey && !host) await forgetHostKeys(db, address);
}
