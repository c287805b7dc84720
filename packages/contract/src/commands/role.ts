import {
  admins,
  boolean,
  changes,
  command,
  is,
  makes,
  maps,
  paging,
  type RoleType,
  response,
  shows,
  string,
  success,
  uuid,
  uuids,
} from '../language.ts';

const role = response('role', 'RoleResponse', 'a role', {
  id: is.string('the role'),
  name: is.string('its name'),
  type: is.string('Admin, ResourceAdmin, DomainAdmin or User: whose things whoever has it may see'),
  description: is.string('what it is for'),
  state: is.string('enabled or disabled'),
  isdefault: is.boolean('whether every installation has it: such a role cannot be changed'),
  ispublic: is.boolean('whether admins of domains see it and may give it'),
});

const rolePermission = response('rolepermission', 'RolePermissionResponse', 'a rule of a role', {
  id: is.string('the rule'),
  roleid: is.string('the role'),
  rolename: is.string('the name of the role'),
  rule: is.string('a command, or a pattern of commands: list*'),
  permission: is.string('allow or deny'),
  description: is.string('what it is for'),
});

const givers: readonly RoleType[] = ['Admin', 'ResourceAdmin', 'DomainAdmin'];
const type = string()
  .oneOf('Admin', 'ResourceAdmin', 'DomainAdmin', 'User')
  .doc('Admin, ResourceAdmin, DomainAdmin or User: whose things whoever has it may see');
const description = string().doc('what it is for');
const ispublic = boolean().doc('whether admins of domains see it and may give it');
const id = uuid('role').required().doc('the role');
const permission = string().oneOf('allow', 'deny');

export const roleCommands = {
  createRole: command({
    kind: 'sync',
    doc: 'Makes a role: of a type and without rules, or with those of another role.',
    roles: admins,
    access: makes('role'),
    event: 'ROLE.CREATE',
    params: {
      name: string().required().range(1, 255).doc('its name'),
      description,
      type,
      roleid: uuid('role').doc('the role whose type and rules it gets; instead of a type'),
      ispublic: ispublic.default(true),
    },
    response: role,
  }),
  importRole: command({
    kind: 'sync',
    doc: 'Makes a role with rules, as another installation has it.',
    roles: admins,
    access: makes('role'),
    event: 'ROLE.IMPORT',
    params: {
      name: string().required().range(1, 255).doc('its name'),
      description,
      type,
      rules: maps().required().doc('its rules, in order: of each the rule, the permission (allow, deny) and a description'),
      forced: boolean().default(false).doc('where there is a role of that name, give it these rules instead of its own'),
      ispublic: ispublic.default(true),
    },
    response: role,
  }),
  updateRole: command({
    kind: 'sync',
    doc: 'Changes a role. The type of a role that accounts have stays.',
    roles: admins,
    access: changes('id'),
    event: 'ROLE.UPDATE',
    params: { id, name: string().range(1, 255).doc('the new name'), description, type, ispublic },
    response: role,
  }),
  deleteRole: command({
    kind: 'sync',
    doc: 'Deletes a role that no account has.',
    roles: admins,
    access: changes('id'),
    event: 'ROLE.DELETE',
    params: { id },
    response: success,
  }),
  enableRole: command({
    kind: 'sync',
    doc: 'Enables a role: whoever has it may call again what its rules allow.',
    roles: admins,
    access: changes('id'),
    event: 'ROLE.ENABLE',
    params: { id },
    response: success,
  }),
  disableRole: command({
    kind: 'sync',
    doc: 'Disables a role: whoever has it may call nothing but what everybody may.',
    roles: admins,
    access: changes('id'),
    event: 'ROLE.DISABLE',
    params: { id },
    response: success,
  }),
  listRoles: command({
    kind: 'list',
    doc: 'Lists roles; to admins of domains those that they may give.',
    roles: givers,
    access: shows('role'),
    params: {
      ...paging,
      id: uuid('role').doc('one role'),
      name: string().doc('by name'),
      type: string().doc('by type'),
      state: string().doc('by state: enabled or disabled'),
    },
    response: role,
  }),
  createRolePermission: command({
    kind: 'sync',
    doc: 'Adds a rule to a role, behind those that it has.',
    roles: admins,
    access: changes('roleid'),
    event: 'ROLE.PERMISSION.CREATE',
    params: {
      roleid: id,
      rule: string().required().doc('a command, or a pattern of commands: list*'),
      permission: permission.required().doc('allow or deny'),
      description,
    },
    response: rolePermission,
  }),
  updateRolePermission: command({
    kind: 'sync',
    doc: 'Changes the order of the rules of a role, or whether one of them allows or denies.',
    roles: admins,
    access: changes('roleid', 'ruleid', 'ruleorder'),
    event: 'ROLE.PERMISSION.UPDATE',
    params: {
      roleid: id,
      ruleorder: uuids('rolepermission').doc('all rules of the role, in their new order'),
      ruleid: uuid('rolepermission').doc('the rule to change'),
      permission: permission.doc('what it says from now on: allow or deny'),
    },
    response: success,
  }),
  deleteRolePermission: command({
    kind: 'sync',
    doc: 'Takes a rule out of a role.',
    roles: admins,
    access: changes('id'),
    event: 'ROLE.PERMISSION.DELETE',
    params: { id: uuid('rolepermission').required().doc('the rule') },
    response: success,
  }),
  listRolePermissions: command({
    kind: 'list',
    doc: 'Lists the rules of a role, in the order in which they are looked at; of a role that every installation has, what it may call.',
    roles: admins,
    access: shows('rolepermission'),
    params: { roleid: uuid('role').doc('the role; absent: of all') },
    response: rolePermission,
  }),
} as const;
