/**
 * Every kind of thing that a parameter can name, and whose it is: from this derive what is loaded for a call, who may name it, whose things a list
 * shows and who may change them.
 */

/** Who sees a thing, and who changes it. */
export type Ownership =
  /** Everybody sees it, admins change it. */
  | 'everybody'
  /** Admins alone know of it. */
  | 'admins'
  /** An account or a project owns it: it is theirs, and of the admins of the domains around it. */
  | 'owner'
  /** Jobs: whoever asked for it has it, and the admins of the domains around him; the members of the project that it is about see it. */
  | 'asker'
  /** The tree of domains: one's own, and for its admins what is below it. */
  | 'domain'
  /** Accounts: one's own, and for admins those in their domains. */
  | 'account'
  /** Users: those of one's account, and for admins those in their domains. */
  | 'user'
  /** Projects: those that one is a member of, and for admins those in their domains. */
  | 'project'
  /** Parts of a project: its members see them, its admins change them. */
  | 'membership'
  /** Invitations to projects: those for oneself or one’s account, and of the projects that one is an admin of. Whoever is invited does not change them. */
  | 'invitation'
  /** Roles: everybody sees those that are public, admins change them. */
  | 'role';

export type EntityDeclaration = {
  readonly ownership: Ownership;
  /** By whom it is used beside its owner, in words. */
  readonly shared?: string;
};

export const entities = {
  zone: { ownership: 'everybody' },
  pod: { ownership: 'admins' },
  cluster: { ownership: 'admins' },
  host: { ownership: 'admins' },
  storagepool: { ownership: 'admins' },
  imagestore: { ownership: 'admins' },
  physicalnetwork: { ownership: 'admins' },
  traffictype: { ownership: 'admins' },
  managementserver: { ownership: 'admins' },
  alert: { ownership: 'admins' },
  networkoffering: { ownership: 'everybody' },
  serviceoffering: { ownership: 'everybody' },
  diskoffering: { ownership: 'everybody' },
  ostype: { ownership: 'everybody' },
  oscategory: { ownership: 'everybody' },
  network: { ownership: 'owner', shared: 'all of the domain, where it is the domain’s' },
  template: { ownership: 'owner', shared: 'everybody, where it is public' },
  virtualmachine: { ownership: 'owner' },
  volume: { ownership: 'owner' },
  sshkeypair: { ownership: 'owner' },
  event: { ownership: 'owner' },
  job: { ownership: 'asker' },
  tag: { ownership: 'owner' },
  annotation: { ownership: 'owner' },
  domain: { ownership: 'domain' },
  account: { ownership: 'account' },
  user: { ownership: 'user' },
  apikey: { ownership: 'user' },
  role: { ownership: 'role' },
  rolepermission: { ownership: 'admins' },
  project: { ownership: 'project' },
  projectinvitation: { ownership: 'invitation' },
  projectrole: { ownership: 'membership' },
  projectrolepermission: { ownership: 'membership' },
} as const satisfies Record<string, EntityDeclaration>;

/** Things that a parameter of kind `uuid` can name; naming one says also what is loaded and whose permission is checked. */
export type Entity = keyof typeof entities;

/** Whose it is that a command is about: no command without it. */
export type Access<Parameter extends string = string> =
  /** Shows things of that kind: those that the parameters of the scope ask for, as far as the caller may see them. */
  | { readonly shows: Entity }
  /**
   * Makes one for the caller, or for the owner that the parameters name. What it changes beside it: `changes`. `takenAway`: it takes one away, by its name:
   * that can be done also where nothing new may be made.
   */
  | { readonly makes: Entity; readonly changes?: readonly Parameter[]; readonly takenAway?: true }
  /** Changes what these parameters name: it must be the caller's to change. What the others name must be his to use. */
  | { readonly changes: readonly Parameter[] }
  /** Is about nothing that anybody owns, or about the caller himself; who may call it says its role. What its parameters name must be his to use. */
  | { readonly about: 'installation' | 'caller' };

export const shows = (entity: Entity): { readonly shows: Entity } => ({ shows: entity });
export function makes(entity: Entity): { readonly makes: Entity };
export function makes<P extends string>(
  entity: Entity,
  ...changed: readonly P[]
): { readonly makes: Entity; readonly changes: readonly P[] };
export function makes(entity: Entity, ...changed: readonly string[]): object {
  return { makes: entity, ...(changed.length > 0 && { changes: changed }) };
}
/** Takes one away that belongs to the caller, or to the owner that the parameters name. */
export const takesAway = (entity: Entity): { readonly makes: Entity; readonly takenAway: true } => ({
  makes: entity,
  takenAway: true,
});
export const changes = <P extends string>(...parameters: readonly P[]): { readonly changes: readonly P[] } => ({
  changes: parameters,
});
/** The installation, which has no owner. */
export const installation = { about: 'installation' } as const;
/** The caller himself. */
export const caller = { about: 'caller' } as const;
