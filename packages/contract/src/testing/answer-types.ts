import { type AnyCommand, type CommandName, commands, isCommandName } from '../index.ts';
import { answersOther, commandOf, fieldsOf, irregular, objectsOf, typesOf } from './cloudstack.ts';

/**
 * What is wrong about the form of an accepted answer, by CloudStack's sources and by what clients rely on; our own declarations of fields are not asked.
 * One wrong type loses a strict client the whole list.
 */
export function wrongIn(name: CommandName, reply: unknown): readonly string[] {
  const { kind, listKey, answersList, response }: AnyCommand = commands[name];
  const envelope = irregular.envelopes[name] ?? `${name.toLowerCase()}response`;
  const source = answersOther[name]?.given ?? commandOf(name)!.response;
  if (!isObject(reply) || Object.keys(reply).join() !== envelope) return [`the one envelope is not ${envelope}`];
  const content = reply[envelope];
  if (!isObject(content)) return [`${envelope} is not an object`];
  if (kind === 'list' || answersList) return wrongInList(irregular.listKeys[name] ?? listKey ?? response.key, source, content);
  if (kind === 'async' || kind === 'async-create') return wrongInAccepted(kind, content);
  if (!response.flat) return wrongInOne(response.key, source, content);
  return [...wrongInObject(source, content, name), ...(name === 'queryAsyncJobResult' ? wrongInJob(content) : [])];
}

/** What a job answered has the form of what its command answers, though it may be less; a failed one has the error's. */
function wrongInJob({ cmd, jobstatus, jobresult }: Content): readonly string[] {
  if (jobstatus === 0 || !isObject(jobresult)) return jobstatus === 0 ? [] : ['a job that ended has no jobresult'];
  const { errorcode, errortext, ...others } = jobresult;
  if (jobstatus === 2)
    return [
      ...unknown('an error', others),
      ...(Number.isInteger(errorcode) && isText(errortext) ? [] : ['an error has no code or text']),
    ];
  if (typeof cmd !== 'string' || !isCommandName(cmd)) return [];
  const { response }: AnyCommand = commands[cmd];
  const source = answersOther[cmd]?.given ?? commandOf(cmd)!.response;
  return response.flat ? wrongInObject(source, jobresult, cmd, {}) : wrongInOne(response.key, source, jobresult, {});
}

/** An empty list has neither a count nor a key; the count is a number and not less than what is shown. */
function wrongInList(key: string, source: string, content: Content): readonly string[] {
  const { count, [key]: items, ...others } = content;
  if (count === undefined && items === undefined) return unknown('the list', others);
  if (!Array.isArray(items)) return [`${key} is not a list`];
  return [
    ...unknown('the list', others),
    ...(Number.isInteger(count) && (count as number) >= items.length ? [] : [`count is ${JSON.stringify(count)}`]),
    ...items.flatMap((item) => wrongInObject(source, item, key)),
  ];
}

function wrongInOne(key: string, source: string, { [key]: object, ...others }: Content, needed?: Needed): readonly string[] {
  return [...unknown('the answer', others), ...wrongInObject(source, object, key, needed)];
}

function wrongInAccepted(kind: 'async' | 'async-create', { jobid, id, ...others }: Content): readonly string[] {
  const made = kind === 'async' ? id === undefined : id === undefined || typeof id === 'string';
  return [...unknown('the answer', others), ...(typeof jobid === 'string' && made ? [] : ['jobid or id is not as it should be'])];
}

const unknown = (where: string, others: Content): readonly string[] => Object.keys(others).map((key) => `${where} has ${key}`);

/** What is wrong in one object of an answer, at whatever depth. */
function wrongInObject(source: string, object: unknown, path: string, needed: Needed = mandatory): readonly string[] {
  const types = fieldsOf(source);
  if (!types) return [`${path}: CloudStack has no ${source}`];
  if (!isObject(object)) return [`${path} is not an object`];
  const missing = (needed[source] ?? []).filter((field) => !(field in object) && !isExcused(source, object));
  return [
    ...missing.map((field) => `${path}.${field} is missing`),
    ...Object.entries(object).flatMap(([field, value]) => {
      const type = types.get(field);
      if (type === undefined) return [`${path}.${field} is no field of ${source}`];
      return [...wrongInField(type, value, `${path}.${field}`, needed), ...wrongInForm(source, field, value, `${path}.${field}`)];
    }),
  ];
}

function wrongInField(type: string, value: unknown, path: string, needed: Needed): readonly string[] {
  const kind = (Object.keys(values) as (keyof typeof values)[]).find((one) => typesOf[one]!.test(type));
  if (kind) return values[kind](value) ? [] : [`${path} is ${JSON.stringify(value)} and not ${type}`];
  const { source, many } = objectsOf(type);
  if (!many) return wrongInObject(source, value, path, needed);
  return Array.isArray(value) ? value.flatMap((one) => wrongInObject(source, one, path, needed)) : [`${path} is not a list`];
}

type Content = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Content => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText);
const all = (value: unknown, is: (one: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);

/** Whether a value of the answer is of that kind. */
const values = {
  string: isText,
  integer: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  long: Number.isSafeInteger,
  double: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  date: (value) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/.test(value as string),
  map: isTexts,
  maps: (value) => all(value, isTexts),
  list: (value) => all(value, isText),
  json: isObject,
} satisfies Partial<Record<keyof typeof typesOf, (value: unknown) => boolean>>;

/** Texts that clients read on. */
const forms: readonly { readonly of: RegExp; readonly form: RegExp }[] = [
  { of: /^(Account|Domain|Project)Response\.\w+(limit|available)$/, form: /^(Unlimited|-?\d+)$/ },
  { of: /^UserVmResponse\.cpuused$|^HostResponse\.cpu(used|allocated|allocatedpercentage)$/, form: /^\d+([.,]\d+)?%$/ },
  { of: /^CapacityResponse\.percentused$|\w+overcommitratio$|\.overprovisionfactor$/, form: /^\d+([.,]\d+)?$/ },
  { of: /^NicResponse\.deviceid$|\.resourcetype$/, form: /^\w+$/ },
];
const wrongInForm = (source: string, field: string, value: unknown, path: string): readonly string[] =>
  forms
    .filter(({ of, form }) => of.test(`${source}.${field}`) && !form.test(String(value)))
    .map(({ form }) => `${path} is ${JSON.stringify(value)} and does not read ${form.source}`);

type Needed = Readonly<Record<string, readonly string[]>>;
/** Fields without which some client ends with an error. */
const mandatory: Needed = {
  ApiDiscoveryResponse: ['name', 'description', 'isasync', 'params', 'response'],
  ApiParameterResponse: ['name', 'type', 'required', 'description'],
  ApiResponseResponse: ['name', 'type', 'description'],
  AsyncJobResponse: ['jobid', 'jobstatus', 'jobresultcode'],
  ConfigurationResponse: ['name', 'value'],
  DiskOfferingResponse: ['id', 'name', 'displaytext', 'disksize', 'iscustomized'],
  DomainResponse: ['id', 'name', 'path', 'haschild'],
  NetworkOfferingResponse: ['id', 'name', 'displaytext', 'guestiptype', 'serviceofferingid', 'forvpc'],
  NetworkResponse: ['id', 'name', 'displaytext', 'zoneid', 'networkofferingid', 'gateway', 'netmask', 'dns1'],
  NicResponse: ['id', 'networkid', 'isdefault', 'ipaddress', 'macaddress'],
  ProjectResponse: ['id', 'name', 'displaytext', 'state'],
  ResourceLimitResponse: ['resourcetype', 'max'],
  ServiceOfferingResponse: ['id', 'name', 'displaytext', 'iscustomized'],
  SSHKeyPairResponse: ['name', 'fingerprint'],
  TemplateResponse: ['id', 'name', 'displaytext', 'isready', 'hypervisor', 'format', 'ostypename', 'passwordenabled'],
  UserVmResponse: ['id', 'name', 'displayname', 'state', 'nic'],
  VolumeResponse: ['id', 'name', 'size', 'state', 'type'],
};
/** A network without addresses of its own has none to tell. */
const isExcused = (source: string, object: Content): boolean => source === 'NetworkResponse' && object.type === 'L2';
