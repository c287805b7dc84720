import type { CommandName, Commands, ParamsOf, ResponseOf, RoleType } from '@virtstack/contract';
import type { Rights, Rule } from '../accounts/permissions.ts';
import type { Cloud } from '../cloud.ts';
import type { JobRequest } from '../jobs/request.ts';

/** Who calls, established by a session or a signature. */
export type Caller = {
  readonly userId: string;
  readonly username: string;
  readonly accountId: string;
  readonly account: string;
  readonly domainId: string;
  /** `/` for ROOT, `/a/b/` below it: a domain's subtree is what starts with it. */
  readonly domainPath: string;
  readonly role: RoleType;
  /** What is known of his second factor; absent: he calls without logging in. */
  readonly secondFactor?: { readonly enabled: boolean; readonly mandated: boolean };
  /** His password must be changed before his sessions are good for anything else. */
  readonly mustChangePassword?: boolean;
  /** He said his current password beside this call, and it is right. */
  readonly saidPassword?: boolean;
  /** The session in which he calls (its id's hash), and whether he showed his second factor in it; absent: he signs. */
  readonly session?: { readonly idHash: string; readonly verified: boolean };
  /** The id of the key by which he signs. */
  readonly keyId?: string;
  /** Until when the key is good by which he signs. */
  readonly keyEnds?: Date;
  /** The projects that he is a member of. */
  readonly projects: readonly Membership[];
} & Rights;

/** What somebody is in a project. */
export type Membership = {
  readonly id: string;
  readonly admin: boolean;
  /** Of his project role: they take away commands that he may call on what is the project's. Null: he has none. */
  readonly rules: readonly Rule[] | null;
};

/** Whom a new thing belongs to. */
export type Owner = { readonly accountId: string; readonly domainId: string; readonly projectId: string | null };

/** The columns of an owned row. */
export const ownerColumns = ({ accountId, domainId, projectId }: Owner) => ({
  account_id: accountId,
  domain_id: domainId,
  project_id: projectId,
});

/**
 * What a handler is given. For every kind but `list`, `db` is a transaction that commits when the handler returns: whatever it throws leaves nothing
 * behind. The caller's right to the command, the shapes of parameters, and that every named thing exists and is his to use are settled before.
 */
export type Context = Cloud & {
  readonly caller: Caller;
  readonly command: CommandName;
  /** For a command that makes something: whom it is for, settled before. Else the caller. */
  readonly owner: Owner;
};

export type ListOf<T> = { readonly count: number; readonly items: readonly T[] };

type HandlerOf<N extends CommandName> = Commands[N]['kind'] extends 'list'
  ? (context: Context, params: ParamsOf<N>) => Promise<ListOf<ResponseOf<N>>>
  : Commands[N] extends { kind: 'sync'; byJob?: false }
    ? (context: Context, params: ParamsOf<N>) => Promise<ResponseOf<N> | readonly ResponseOf<N>[]>
    : (context: Context, params: ParamsOf<N>) => Promise<JobRequest>;

/** The handlers of some commands; the registry is complete or it does not compile. */
export type Handlers<N extends CommandName = CommandName> = { readonly [K in N]: HandlerOf<K> };
