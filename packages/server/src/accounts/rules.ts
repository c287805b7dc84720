import { CloudError } from '../error.ts';
import { type Rule, ruleForm } from './permissions.ts';

/** A rule with what it is for. */
export type DescribedRule = Rule & { readonly description?: string };

/** Far more than there are commands. */
const most = 1000;

/** Rules as they are sent: `rules[0].rule=list*&rules[0].permission=allow`. @throws {CloudError} `parameter`: the first that is none. */
export function rulesFrom(given: readonly Readonly<Record<string, string>>[] = []): readonly DescribedRule[] {
  if (given.length > most) throw new CloudError('parameter', `There are at most ${most} rules, and these are ${given.length}.`);
  return given.map(({ rule = '', permission = '', description }) => ({
    rule: checkedRule(rule),
    permission: checkedPermission(rule, permission),
    ...(description && { description }),
  }));
}

/** @throws {CloudError} `parameter` */
export function checkedRule(rule: string): string {
  if (ruleForm.test(rule)) return rule;
  throw new CloudError(
    'parameter',
    `Only API names and wildcards are allowed in a rule, and “${rule.slice(0, 100)}” is neither: listVirtualMachines or list*.`,
  );
}

function checkedPermission(rule: string, permission: string): 'allow' | 'deny' {
  const word = permission.toLowerCase();
  if (word === 'allow' || word === 'deny') return word;
  throw new CloudError('parameter', `The permission of the rule ${rule} is allow or deny, not “${permission.slice(0, 100)}”.`);
}
