import type { RoleType } from '@virtstack/contract';

/** CloudStack's built-in roles: the number that stands for an account's type, and a role's id and name. */
export const roles = {
  Admin: { accountType: 1, id: '5b8a1a6e-0000-4000-8000-000000000001', name: 'Root Admin' },
  ResourceAdmin: { accountType: 3, id: '5b8a1a6e-0000-4000-8000-000000000002', name: 'Resource Admin' },
  DomainAdmin: { accountType: 2, id: '5b8a1a6e-0000-4000-8000-000000000003', name: 'Domain Admin' },
  User: { accountType: 0, id: '5b8a1a6e-0000-4000-8000-000000000004', name: 'User' },
} as const satisfies Record<RoleType, { accountType: number; id: string; name: string }>;

/** An account's role as the API shows it: the one that it was given, else the built-in one of its type. */
export const roleFields = (row: { role_type: string; role_id: string | null; role_name: string | null }) => ({
  roleid: row.role_id ?? roles[row.role_type as RoleType].id,
  roletype: row.role_type,
  rolename: row.role_name ?? roles[row.role_type as RoleType].name,
});

/** From the most to the least powerful. */
const order: readonly RoleType[] = ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'];

/** Whether somebody of this role may act on somebody of the other. */
export const outranks = (role: RoleType, other: RoleType): boolean => order.indexOf(role) <= order.indexOf(other);

/** The role types that CloudStack shows under that number; none matches nothing. */
export const typesOf = (accountType: number): readonly string[] => {
  const found = Object.entries(roles).filter(([, role]) => role.accountType === accountType);
  return found.length > 0 ? found.map(([type]) => type) : ['none'];
};
