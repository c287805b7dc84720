import { keyHolder } from '../accounts/api-keys.ts';
import { requireChangedPassword } from '../accounts/password-change.ts';
import { requireSecondFactor } from '../accounts/second-factor.ts';
import { sessionCaller, sessionLife } from '../accounts/sessions.ts';
import type { Caller } from '../api/handler.ts';
import type { Cloud } from '../cloud.ts';
import { CloudError } from '../error.ts';
import type { RawParameters } from './parameters.ts';
import { expiry, mannerOf } from './signature.ts';
import type { Manner } from './signed-text.ts';

/** CloudStack's words, which clients know. */
const refused = (detail: string): CloudError =>
  new CloudError('unauthorized', 'unable to verify user credentials and/or request signature', { detail });

/** Who calls: by the signature where there is an API key, else by the session. @throws {CloudError} `unauthorized` */
export function authenticate(
  cloud: Cloud,
  parameters: RawParameters,
  cookies: Readonly<Record<string, string>>,
): Promise<Caller> {
  return parameters.has('apikey') ? bySignature(cloud, parameters) : bySession(cloud, parameters, cookies);
}

async function bySignature(cloud: Cloud, parameters: RawParameters): Promise<Caller> {
  checkExpiry(parameters);
  const holder = await keyHolder(cloud.db, cloud.secrets, parameters.get('apikey')!.value);
  // Nobody finds a key by trying (it is 64 random bytes); to sign a large text in every way for strangers would cost seconds.
  if (!holder) throw refused('unknown API key');
  if (!isSignedBy(parameters, holder.secretKey)) throw refused('wrong signature');
  return holder.caller;
}

/** In which manner each API key's client signs: tried first, for a text may be large. */
const manners = new Map<string, Manner>();
const mostManners = 10_000;

function isSignedBy(parameters: RawParameters, secretKey: string): boolean {
  const apiKey = parameters.get('apikey')!.value;
  const manner = mannerOf(parameters, secretKey, manners.get(apiKey));
  if (!manner) return false;
  if (manners.size >= mostManners) manners.clear();
  manners.set(apiKey, manner);
  return true;
}

function checkExpiry(parameters: RawParameters): void {
  const expires = parameters.get('expires')?.value;
  if (expires === undefined) {
    if (parameters.get('signatureversion')?.value === '3') throw refused('signature version 3 without expires');
    return;
  }
  const end = expiry(expires);
  if (Number.isNaN(end)) throw refused('expires is not a date');
  if (end < Date.now()) throw refused('the signature has expired');
}

/** Both are needed: the cookie, and the key as a parameter, which a page of somebody else’s cannot know. */
async function bySession(cloud: Cloud, parameters: RawParameters, cookies: Readonly<Record<string, string>>): Promise<Caller> {
  const [id, key] = [cookies.JSESSIONID, parameters.get('sessionkey')?.value];
  const caller = id && key ? await sessionCaller(cloud.db, { id, key }, await sessionLife(cloud.settings)) : undefined;
  if (!caller) throw refused(id && key ? 'no such session, or it has expired' : 'neither a signature nor a session');
  await requireSecondFactor(cloud.settings, caller, parameters.get('command')?.value ?? '');
  requireChangedPassword(caller, (name) => parameters.get(name)?.value);
  return caller;
}
