import type { Profile } from '@virtstack/hypervisor';
import type { SetupRequest } from '@virtstack/protocol';

/** What a host is wanted for. */
export type Wanted = SetupRequest<'check'> & { readonly profile: Profile };

/** Looks at one thing and answers what it saw; changes nothing. */
export type Check = {
  /** What is looked at, in the infinitive. */
  readonly name: string;
  /** @throws {SetupError} it does not serve. */
  readonly look: (wanted: Wanted) => Promise<string>;
};
