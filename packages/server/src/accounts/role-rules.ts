import { createHash } from 'node:crypto';
import type { RoleType } from '@virtstack/contract';
import type { Database } from '../db/database.ts';
import { isTypesRole, rulesOfDefault } from './default-roles.ts';
import { callable, type Rights } from './permissions.ts';
import type { DescribedRule } from './rules.ts';

export type RoleRow = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly role_type: string;
  readonly is_public: boolean;
  readonly is_default: boolean;
  readonly state: string;
  readonly created: Date;
};
export type RoleRule = DescribedRule & { readonly id: string };

/** What a built-in role may call, as rules: no table has them. Their ids stay the same. */
function builtIn({ id, role_type }: RoleRow): readonly RoleRule[] {
  const limited = rulesOfDefault(id)?.map(({ rule }) => rule);
  const all = limited ?? (role_type === 'Admin' ? ['*'] : callable({ role: role_type as RoleType }));
  return all.map((rule) => ({ id: idFor(`${id} ${rule}`), rule, permission: 'allow' }));
}

function idFor(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The rules of roles, in their order. */
export async function rulesOfRoles(db: Database, roles: readonly RoleRow[]): Promise<ReadonlyMap<string, readonly RoleRule[]>> {
  const ids = roles.filter(({ is_default }) => !is_default).map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await db
          .selectFrom('role_permission')
          .select(['id', 'role_id', 'rule', 'permission', 'description'])
          .where('role_id', 'in', ids)
          .orderBy('sort_order')
          .orderBy('id')
          .execute();
  const byRole = Map.groupBy(rows, ({ role_id }) => role_id);
  return new Map(roles.map((role) => [role.id, role.is_default ? builtIn(role) : (byRole.get(role.id) ?? [])]));
}

/** What a role permits while it is enabled. */
export const rightsOfRole = ({ id, role_type }: RoleRow, rules: readonly RoleRule[]): Rights => ({
  role: role_type as RoleType,
  ...(!isTypesRole(id) && { roleRules: rules }),
});
