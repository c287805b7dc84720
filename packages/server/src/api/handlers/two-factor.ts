import type { ResponseOf } from '@virtstack/contract';
import { isMandated, nothingSetUp, notShown, providers, requireEnabled, setUp } from '../../accounts/second-factor.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { Context, Handlers } from '../handler.ts';
import { refuse } from './rows.ts';
import { actedOn } from './users.ts';

export const twoFactor = {
  setupUserTwoFactorAuthentication: async (context, { provider, enable, userid }) => {
    const { caller, db } = context;
    const other = userid !== undefined && userid !== caller.userId;
    if (other && enable)
      refuse(
        'A second factor is set up by whoever has the device: leave userid out. Of others it can be taken off (enable=false).',
      );
    if (other) return takeOff(db, await actedOn(context, userid));
    requireOwnSession(context);
    if (!enable) await requireVoluntary(context);
    if (!enable) return takeOff(db, await actedOn(context, caller.userId));
    await requireProvider(context, provider);
    return { ...ownAnswer(context), secretcode: await setUp(db, context.secrets, caller.userId) };
  },
  listUserTwoFactorAuthenticatorProviders: async (_, { name }) => {
    const items = providers.filter((provider) => name === undefined || provider.name === name.toLowerCase());
    return { count: items.length, items };
  },
} satisfies Handlers<'setupUserTwoFactorAuthentication' | 'listUserTwoFactorAuthenticatorProviders'>;

type Answer = ResponseOf<'setupUserTwoFactorAuthentication'>;

const ownAnswer = ({ caller }: Context): Answer => ({
  id: caller.userId,
  username: caller.username,
  accountid: caller.accountId,
});

async function takeOff(db: Database, user: { id: string; username: string; account_id: string }): Promise<Answer> {
  await db.updateTable('users').set(nothingSetUp).where('id', '=', user.id).execute();
  return { id: user.id, username: user.username, accountid: user.account_id };
}

/** A key is no session, and a session in which the second factor that there is was not shown could take it off. @throws {CloudError} */
function requireOwnSession({ caller }: Context): void {
  if (!caller.session)
    refuse('Your own second factor is for you to set up and to take off in a session: log in with name and password.');
  if (caller.secondFactor?.enabled && !caller.session.verified) throw notShown();
}

async function requireVoluntary({ settings, caller }: Context): Promise<void> {
  if (await isMandated(settings, caller))
    throw new CloudError('account', 'An admin demands a second factor of you: it is for an admin to take off.');
}

async function requireProvider({ settings, caller }: Context, named: string | undefined): Promise<void> {
  await requireEnabled(settings, caller.domainId);
  const provider = named || (await settings.text('user.2fa.default.provider', { scope: 'domain', id: caller.domainId }));
  if (!providers.some(({ name }) => name === provider.toLowerCase()))
    refuse(
      `There is no kind of second factor called ${provider.slice(0, 100)}: there is ${providers.map(({ name }) => name).join(', ')}.`,
    );
}
