import { caller, command, everyone, is, response, string, uuid } from '../language.ts';
import { capabilityFields } from '../names.ts';

const parameter = response('params', 'ApiParameterResponse', 'a parameter of a command', {
  name: is.string('its name'),
  description: is.string('what it says'),
  type: is.string('its type'),
  length: is.integer('the longest text, characters'),
  required: is.boolean('whether it must be given'),
  since: is.string('the version that brought it'),
  related: is.string('commands that make or list what it names, separated by commas'),
});

const nested = response('response', 'ApiResponseResponse', 'a field of an answer within an answer', {
  name: is.string('its name'),
  description: is.string('what it says'),
  type: is.string('its type'),
});

const field = response('response', 'ApiResponseResponse', 'a field of an answer', {
  name: is.string('its name'),
  description: is.string('what it says'),
  type: is.string('its type'),
  response: is.objects('its own fields', nested),
});

export const api = response('api', 'ApiDiscoveryResponse', 'a command', {
  name: is.string('its name'),
  description: is.string('what it does'),
  since: is.string('the version that brought it'),
  isasync: is.boolean('whether it answers a job'),
  related: is.string('commands with the same kind of answer, separated by commas'),
  params: is.objects('its parameters', parameter),
  response: is.objects('the fields of its answer', field),
  type: is.string('the entity that its answer is about'),
});

export const capabilities = response('capability', 'CapabilitiesResponse', 'what this cloud can do', {
  cloudstackversion: is.string('the version of CloudStack’s API that this cloud speaks'),
  securitygroupsenabled: is.boolean('whether security groups are there'),
  dynamicrolesenabled: is.boolean('whether roles can be changed'),
  userpublictemplateenabled: is.boolean('whether users may share templates with everybody'),
  supportELB: is.string('whether load balancers have addresses of their own, as text'),
  projectinviterequired: is.boolean('whether members of projects must accept'),
  allowusercreateprojects: is.boolean('whether users may make projects'),
  customdiskofferingminsize: is.long('the smallest disk that may be chosen, GiB'),
  customdiskofferingmaxsize: is.long('the largest disk that may be chosen, GiB'),
  regionsecondaryenabled: is.boolean('whether an image store serves a whole region'),
  snapshotshowchainsize: is.boolean('whether snapshots show the size of their chain'),
  apilimitinterval: is.integer('seconds in which calls are counted'),
  apilimitmax: is.integer('calls allowed in that time'),
  allowuserviewdestroyedvm: is.boolean('whether users see destroyed guests'),
  allowuserexpungerecovervm: is.boolean('whether users may expunge and recover guests'),
  allowuserexpungerecovervolume: is.boolean('whether users may expunge and recover volumes'),
  allowuserviewalldomainaccounts: is.boolean('whether users see all accounts of their domain'),
  allowuserforcestopvm: is.boolean('whether users may power guests off'),
  kubernetesserviceenabled: is.boolean('whether Kubernetes clusters can be made'),
  kubernetesclusterexperimentalfeaturesenabled: is.boolean('whether their experimental features are on'),
  customhypervisordisplayname: is.string('what the custom hypervisor is called'),
  defaultuipagesize: is.long('entries on a page of the web UI'),
  instancesstatsretentiontime: is.integer('minutes for which figures of guests are kept'),
  instancesstatsuseronly: is.boolean('whether only guests of users are measured'),
  instancesdisksstatsretentionenabled: is.boolean('whether figures of disks are kept'),
  instancesdisksstatsretentiontime: is.integer('minutes for which figures of disks are kept'),
  instanceleaseenabled: is.boolean('whether guests can end by themselves'),
  dynamicscalingenabled: is.boolean('whether guests can grow while they run'),
  additionalconfigenabled: is.boolean('whether extra XML of a domain is accepted'),
  ...capabilityFields,
});

export const apiCommands = {
  listApis: command({
    kind: 'list',
    doc: 'Lists the commands that the caller may use.',
    roles: everyone,
    access: caller,
    always: true,
    params: { name: string().doc('one command') },
    response: api,
  }),
  listCapabilities: command({
    kind: 'sync',
    doc: 'Answers what this cloud can do.',
    roles: everyone,
    access: caller,
    always: true,
    params: { domainid: uuid('domain').doc('as it is in a domain').unused() },
    response: capabilities,
  }),
} as const;
