import type { CommandName } from '@virtstack/contract';
import type { Handlers } from './handler.ts';
import { accounts } from './handlers/accounts.ts';
import { alerts } from './handlers/alerts.ts';
import { apis } from './handlers/apis.ts';
import { certificates } from './handlers/certificates.ts';
import { configurations } from './handlers/configurations.ts';
import { consoles } from './handlers/console.ts';
import { domains } from './handlers/domains.ts';
import { events } from './handlers/events.ts';
import { jobs } from './handlers/jobs.ts';
import { sshKeys } from './handlers/ssh-keys.ts';
import { users } from './handlers/users.ts';
import { serve } from './served.ts';

/** Begins and ends a session, with cookies: http/session-commands.ts. */
export type SessionCommand = 'login' | 'logout';
export type DispatchedCommand = Exclude<CommandName, SessionCommand>;

/** The handler of every command: complete, or it does not compile. */
export const handlers: Partial<Handlers<DispatchedCommand>> = {
  ...accounts,
  ...alerts,
  ...apis,
  ...certificates,
  ...configurations,
  ...consoles,
  ...domains,
  ...events,
  ...jobs,
  ...sshKeys,
  ...users,
};

serve(['login', 'logout', ...(Object.keys(handlers) as DispatchedCommand[])]);
