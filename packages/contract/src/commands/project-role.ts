import { changes, command, everyone, paging, shows, string, success, uuid, uuids } from '../language.ts';
import { projectRole, projectRolePermission } from './project-answer.ts';

const projectid = uuid('project').required().doc('the project');
const projectroleid = uuid('projectrole').required().doc('the project role');
const permission = string().oneOf('allow', 'deny').doc('allow or deny');

export const projectRoleCommands = {
  createProjectRole: command({
    kind: 'sync',
    doc: 'Makes a project role. What none of its rules is about its members may do as they may elsewhere.',
    roles: everyone,
    access: changes('projectid'),
    event: 'PROJECT.ROLE.CREATE',
    params: { projectid, name: string().required().doc('its name'), description: string().doc('what it is for') },
    response: projectRole,
  }),
  updateProjectRole: command({
    kind: 'sync',
    doc: 'Changes a project role.',
    roles: everyone,
    access: changes('id', 'projectid'),
    event: 'PROJECT.ROLE.UPDATE',
    params: {
      id: uuid('projectrole').required().doc('the project role'),
      projectid,
      name: string().doc('its new name'),
      description: string().doc('what it is for'),
    },
    response: projectRole,
  }),
  deleteProjectRole: command({
    kind: 'sync',
    doc: 'Deletes a project role that no member has.',
    roles: everyone,
    access: changes('id', 'projectid'),
    event: 'PROJECT.ROLE.DELETE',
    params: { id: uuid('projectrole').required().doc('the project role'), projectid },
    response: success,
  }),
  listProjectRoles: command({
    kind: 'list',
    doc: 'Lists the project roles of a project.',
    roles: everyone,
    access: shows('projectrole'),
    params: {
      ...paging,
      projectid,
      projectroleid: uuid('projectrole').doc('one project role'),
      name: string().doc('by name'),
    },
    response: projectRole,
  }),
  createProjectRolePermission: command({
    kind: 'sync',
    doc: 'Adds a rule to a project role, after those that it has.',
    roles: everyone,
    access: changes('projectid', 'projectroleid'),
    event: 'PROJECT.ROLE.PERMISSION.CREATE',
    params: {
      projectid,
      projectroleid,
      rule: string().required().doc('a command, or a pattern with *'),
      permission: permission.required(),
      description: string().doc('what it is for'),
    },
    response: projectRolePermission,
  }),
  updateProjectRolePermission: command({
    kind: 'sync',
    doc: 'Changes a rule of a project role, or the order of its rules: the first that is about a command decides.',
    roles: everyone,
    access: changes('projectid', 'projectroleid', 'projectrolepermissionid', 'ruleorder'),
    event: 'PROJECT.ROLE.PERMISSION.UPDATE',
    params: {
      projectid,
      projectroleid,
      projectrolepermissionid: uuid('projectrolepermission').doc('the rule; goes with permission'),
      permission,
      ruleorder: uuids('projectrolepermission').doc('all rules of the project role, in the order that they are to have'),
    },
    response: success,
  }),
  deleteProjectRolePermission: command({
    kind: 'sync',
    doc: 'Takes a rule out of its project role.',
    roles: everyone,
    access: changes('id', 'projectid'),
    event: 'PROJECT.ROLE.PERMISSION.DELETE',
    params: { id: uuid('projectrolepermission').required().doc('the rule'), projectid },
    response: success,
  }),
  listProjectRolePermissions: command({
    kind: 'sync',
    doc: 'Lists the rules of a project’s roles.',
    roles: everyone,
    access: shows('projectrolepermission'),
    answersList: true,
    params: { projectid, projectroleid: uuid('projectrole').doc('those of one project role') },
    response: projectRolePermission,
  }),
} as const;
