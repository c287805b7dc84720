import {
  caller,
  changes,
  command,
  everyone,
  integer,
  is,
  long,
  owner,
  ownership,
  paging,
  type RoleType,
  response,
  string,
} from '../language.ts';
import { countedResources } from '../resources.ts';

const types = countedResources.map(({ number, name }) => `${number} ${name}`).join(', ');
const resourcetype = integer().range(0, countedResources.at(-1)!.number).doc(`what is limited: ${types}`);
const tag = string().doc('the limit of a tag of hosts or storage').unused();

const whose = {
  account: is.string('the account that it is about'),
  projectid: is.string('the project that it is about'),
  project: is.string('the name of that project'),
  domainid: is.string('the domain that it is about, or that its account is in'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
  resourcetype: is.string('what is counted, a number'),
  resourcetypename: is.string('what is counted, a name'),
};

export const resourceLimit = response('resourcelimit', 'ResourceLimitResponse', 'how much of something may be had', {
  ...whose,
  max: is.long('how much may be had (memory: MiB, storage: GiB); -1 is without limit'),
});

export const resourceCount = response('resourcecount', 'ResourceCountResponse', 'how much of something is had', {
  ...whose,
  resourcecount: is.long('how much there is (memory: MiB, storage: bytes)'),
});

const domainAdmins: readonly RoleType[] = ['Admin', 'ResourceAdmin', 'DomainAdmin'];

export const resourceLimitCommands = {
  listResourceLimits: command({
    kind: 'list',
    doc: 'Lists limits: those of the caller, of an account, a project or a domain.',
    roles: everyone,
    access: caller,
    params: {
      ...paging,
      ...ownership,
      isrecursive: ownership.isrecursive.doc('the limits of the domains below domainid too'),
      listall: ownership.listall.doc('the limits of every domain that the caller is in charge of, too'),
      id: long().doc('unused by clients: limits are found by whose they are').unused(),
      resourcetype,
      resourcetypename: string().doc('what is limited, by its name'),
      tag,
    },
    response: resourceLimit,
  }),
  updateResourceLimit: command({
    kind: 'sync',
    doc: 'Sets how much of something an account, a project or a domain may have. What it has already it keeps.',
    roles: domainAdmins,
    access: changes('domainid', 'projectid'),
    event: 'RESOURCE.LIMIT.UPDATE',
    params: {
      ...owner,
      account: string().doc('the account whose limit it is to be; goes with domainid'),
      domainid: owner.domainid.doc('the domain whose limit it is to be, or that the account is in'),
      projectid: owner.projectid.doc('the project whose limit it is to be'),
      resourcetype: resourcetype.required(),
      max: long()
        .range(-1, 1_000_000_000)
        .doc('how much may be had (memory: MiB, storage: GiB); -1, or nothing, is without limit'),
      tag,
    },
    response: resourceLimit,
  }),
  updateResourceCount: command({
    kind: 'sync',
    doc: 'Counts anew what an account, a project, or everybody in a domain and below it has. Where the count was wrong an alert says what it was.',
    roles: domainAdmins,
    access: changes('domainid', 'projectid'),
    answersList: true,
    params: {
      account: string().doc('the account to count; goes with domainid'),
      domainid: owner.domainid.required().doc('the domain to count, or that the account is in'),
      projectid: owner.projectid.doc('the project to count'),
      resourcetype,
      tag,
    },
    response: resourceCount,
  }),
} as const;
