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
  const name = command.toLowerCase();
  const decisive = rules.find(({ rule }) => fits(rule.toLowerCase(), name));
  return decisive?.permission.toLowerCase() === 'allow';
}

/** Whether a pattern fits a whole name. Part by part from the left: whoever writes rules must not be able to make this slow. */
function fits(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
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
