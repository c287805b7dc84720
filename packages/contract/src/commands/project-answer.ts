import { is, response } from '../language.ts';
import { limits } from './limits.ts';
import { tag } from './tag.ts';

const { projectlimit: _limit, projecttotal: _total, projectavailable: _available, ...ofProject } = limits;

export const project = response('project', 'ProjectResponse', 'a project', {
  id: is.string('the project'),
  name: is.string('its name'),
  displaytext: is.string('a text about it'),
  state: is.string('Active, Suspended or Disabled'),
  domainid: is.string('its domain'),
  domain: is.string('the name of its domain'),
  projectaccountname: is.string('the account that owns what it has; nobody logs in to it'),
  owner: is.maps('its admins: account, and userid and user where it is a single user'),
  vmrunning: is.integer('its running guests'),
  vmstopped: is.integer('its stopped guests'),
  tags: is.objects('its tags', tag),
  created: is.date('when it was made'),
  ...ofProject,
});

/** A member. CloudStack declares it as a project, and answers this. */
export const projectAccount = response('projectaccount', 'ProjectAccountResponse', 'a member of a project', {
  projectid: is.string('the project'),
  project: is.string('the name of the project'),
  accountid: is.string('the account'),
  account: is.string('the name of the account'),
  accounttype: is.integer('0 user, 1 admin, 2 domain admin'),
  userid: is.string('the user, where a single one is the member'),
  username: is.string('the name of that user'),
  role: is.string('Admin or Regular'),
  projectroleid: is.string('the project role'),
  domainid: is.string('the domain of the account'),
  domain: is.string('the name of that domain'),
});

export const projectInvitation = response('projectinvitation', 'ProjectInvitationResponse', 'an invitation to a project', {
  id: is.string('the invitation'),
  projectid: is.string('the project'),
  project: is.string('the name of the project'),
  domainid: is.string('the domain of the project'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
  account: is.string('the account that is invited'),
  userid: is.string('the user, where a single one is invited'),
  email: is.string('the address that was invited'),
  state: is.string('Pending, Completed, Expired or Declined'),
});

export const projectRole = response('projectrole', 'ProjectRoleResponse', 'a project role', {
  id: is.string('the project role'),
  projectid: is.string('its project'),
  name: is.string('its name'),
  description: is.string('what it is for'),
  ispublic: is.boolean('whether the members of the project see it'),
});

export const projectRolePermission = response(
  'projectrolepermission',
  'ProjectRolePermissionResponse',
  'a rule of a project role',
  {
    id: is.string('the rule'),
    projectroleid: is.string('its project role'),
    projectrolename: is.string('the name of its project role'),
    projectid: is.string('its project'),
    rule: is.string('a command, or a pattern with *'),
    permission: is.string('allow or deny'),
    description: is.string('what it is for'),
  },
);
