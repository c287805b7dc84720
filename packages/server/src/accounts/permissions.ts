import { type AnyCommand, type CommandName, commands, type RoleType } from '@virtstack/contract';
import { outranks } from './roles.ts';

/** A command or a pattern (`list*`), and whether it may be called. */
export type Rule = { readonly rule: string; readonly permission: string };

/** What decides which commands somebody may call. */
export type Rights = {
  readonly role: RoleType;
  /** Of the role that an admin made; undefined: the built-in role of that type, whose commands are the contract's. */
  readonly roleRules?: readonly Rule[] | undefined;
  /** Of the key by which he signs: they take away, never add. Empty: none. */
  readonly keyRules?: readonly Rule[] | undefined;
};

const names = Object.keys(commands) as readonly CommandName[];

/** Whether somebody may call a command; on what, is for `entities.ts` to say. */
export function mayCall({ role, roleRules, keyRules }: Rights, command: CommandName): boolean {
  const declared: AnyCommand = commands[command];
  if (declared.always) return true;
  const byRole = roleRules === undefined ? declared.roles.includes(role) : allows(roleRules, command);
  return byRole && (!keyRules?.length || allows(keyRules, command));
}

/** All that somebody may call. */
export const callable = (rights: Rights): readonly CommandName[] => names.filter((name) => mayCall(rights, name));

/** The first rule that is about the command decides; what no rule is about may not be called. */
export function allows(rules: readonly Rule[], command: string): boolean {
  const { exact, patterns } = ordered(rules);
  const name = command.toLowerCase();
  const named = exact.get(name);
  const before = patterns.find(({ place, parts }) => place < (named?.place ?? Infinity) && fits(parts, name));
  return (before ?? named)?.allowed === true;
}

type Placed = { readonly place: number; readonly allowed: boolean };
type Ordered = {
  /** By the name of the command. */
  readonly exact: ReadonlyMap<string, Placed>;
  readonly patterns: readonly (Placed & { readonly parts: readonly string[] })[];
};
const seen = new WeakMap<readonly Rule[], Ordered>();

/** Rules as they are looked through: a role of hundreds of names is asked about hundreds of commands when two roles are compared. */
function ordered(rules: readonly Rule[]): Ordered {
  const found = seen.get(rules) ?? inOrder(rules);
  seen.set(rules, found);
  return found;
}

function inOrder(rules: readonly Rule[]): Ordered {
  const all = rules.map(({ rule, permission }, place) => ({
    ...{ place, parts: rule.toLowerCase().split('*') },
    allowed: permission.toLowerCase() === 'allow',
  }));
  const names = all.filter(({ parts }) => parts.length === 1);
  // Of two rules with the same name the first decides: it is put in last.
  return {
    exact: new Map(names.toReversed().map((one) => [one.parts[0]!, one])),
    patterns: all.filter(({ parts }) => parts.length > 1),
  };
}

/** Whether the parts between the * of a pattern are a whole name. From the left: whoever writes rules must not be able to make this slow. */
function fits([head = '', ...rest]: readonly string[], name: string): boolean {
  const tail = rest.pop() ?? '';
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - tail.length;
}

/** A rule's form: a command's characters and *. */
export const ruleForm = /^[A-Za-z0-9*]{1,255}$/;

/** Whether whoever has the first rights may do all that the other may: only then may he make, change or speak for him. */
export const covers = (mine: Rights, other: Rights): boolean =>
  outranks(mine.role, other.role) && callable(other).every((name) => mayCall(mine, name));
