import { randomUUID } from 'node:crypto';

/** What a command of the stand-in answers: the fields of its envelope, or a refusal. */
export class Refusal extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

type Vm = Record<string, unknown> & { id: string; name: string; state: string };
type Job = {
  jobid: string;
  cmd: string;
  jobstatus: number;
  account: string;
  created: string;
  completed?: string;
  jobresult?: object;
};
type Params = Readonly<Record<string, string>>;
type Project = { readonly id: string; readonly name: string; readonly state: string; readonly domain: string };

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, '+0000');
const zone = { id: randomUUID(), name: 'zone-1' };
const templates = [{ id: randomUUID(), name: 'tiny-linux', size: 48 * 1024 ** 2, isready: true }];
const offerings = [
  { id: randomUUID(), name: 'Tiny Instance', cpunumber: 1, memory: 128 },
  { id: randomUUID(), name: 'Huge Instance', cpunumber: 64, memory: 1024 ** 2 },
];
const networks = [{ id: randomUUID(), name: 'guest', cidr: '10.1.0.0/16' }];

/** A cloud in memory for tests of the pages alone: it has the API's shapes and none of its work. */
export const makeCloud = (jobMs: number) => {
  const vms = new Map<string, Vm>();
  const jobs = new Map<string, Job>();
  const keys: { id: string; name: string; fingerprint: string }[] = [];
  const events: Record<string, unknown>[] = [];
  const projects: Project[] = [];
  /** How many instances an account or a project may have. */
  const limits = { vms: 20 };

  const record = (type: string, vm: Vm, level = 'INFO'): void => {
    events.unshift({
      id: randomUUID(),
      type,
      level,
      created: now(),
      description: `${type} ${vm.name}`,
      username: 'admin',
      state: 'Completed',
      resourceid: vm.id,
    });
  };
  const add = (name: string, state: string, more: object = {}): Vm => {
    const vm: Vm = {
      id: randomUUID(),
      name,
      displayname: name,
      state,
      created: now(),
      account: 'admin',
      domainid: 'd',
      domainpath: 'ROOT',
      zonename: zone.name,
      templatename: 'tiny-linux',
      serviceofferingname: 'Tiny Instance',
      cpunumber: 1,
      memory: 128,
      hypervisor: 'KVM',
      instancename: `i-2-${vms.size + 3}-VM`,
      nic: [
        {
          id: randomUUID(),
          networkname: 'guest',
          ipaddress: `10.1.0.${vms.size + 10}`,
          macaddress: '02:00:4c:00:00:0a',
          gateway: '10.1.0.1',
        },
      ],
      details: { virtualizationMode: 'hvm' },
      ...(state === 'Running' ? { hostname: 'host-1' } : {}),
      ...more,
    };
    vms.set(vm.id, vm);
    return vm;
  };
  const vmOf = ({ id, virtualmachineid }: Params): Vm => {
    const vm = vms.get(id ?? virtualmachineid ?? '');
    if (!vm) throw new Refusal(431, 'Unable to execute API command due to invalid value. Invalid parameter id value');
    return vm;
  };
  /** A job that passes through one state and ends in another, or fails. */
  const job = (
    cmd: string,
    vm: Vm,
    [through, end]: readonly [string, string],
    failure?: Refusal,
  ): { jobid: string; id: string } => {
    const started: Job = { jobid: randomUUID(), cmd, jobstatus: 0, account: 'admin', created: now() };
    jobs.set(started.jobid, started);
    vm.state = through;
    setTimeout(() => {
      vm.state = failure ? 'Error' : end;
      if (end === 'Running' && !failure) vm.hostname = 'host-1';
      else delete vm.hostname;
      if (end === 'gone') vms.delete(vm.id);
      const result = failure ? { errorcode: failure.code, errortext: failure.message } : { success: true };
      jobs.set(started.jobid, { ...started, jobstatus: failure ? 2 : 1, completed: now(), jobresult: result });
      record(cmd, vm, failure ? 'ERROR' : 'INFO');
    }, jobMs);
    return { jobid: started.jobid, id: vm.id };
  };
  const page = (all: readonly object[], { page: n = '1', pagesize = '500' }: Params) => ({
    count: all.length,
    items: all.slice((Number(n) - 1) * Number(pagesize), Number(n) * Number(pagesize)),
  });
  const inScope = (vm: Vm, p: Params): boolean => p.id !== undefined || p.projectid === '-1' || vm.projectid === p.projectid;
  const figures = (projectid?: string): object => ({
    vmlimit: String(limits.vms),
    vmtotal: [...vms.values()].filter((vm) => vm.projectid === projectid).length,
    cpulimit: 'Unlimited',
    cputotal: 0,
  });
  const projectOf = ({ id, keyword = '' }: Params): readonly Project[] => {
    const known = projects.filter((project) => (!id || project.id === id) && project.name.includes(keyword));
    if (id && known.length === 0) throw new Refusal(431, 'Unable to find a project with the given id');
    return known;
  };
  const found = (p: Params): readonly Vm[] =>
    [...vms.values()].filter(
      (vm) =>
        inScope(vm, p) &&
        (!p.id || vm.id === p.id) &&
        (!p.state || vm.state === p.state) &&
        (!p.keyword || vm.name.includes(p.keyword)),
    );
  const deploy = (p: Params): { jobid: string; id: string } => {
    if (/[^a-z0-9-]/.test(p.name ?? ''))
      throw new Refusal(
        431,
        `Unable to execute API command deployVirtualMachine due to invalid value. Invalid parameter name value=${p.name}`,
      );
    const { vmtotal } = figures(p.projectid) as { vmtotal: number };
    if (vmtotal >= limits.vms)
      throw new Refusal(
        532,
        `Maximum amount of resources of type 'user_vm' (virtual machines) for account admin is exceeded: limit ${limits.vms}, in use ${vmtotal}, wanted 1. Give some back, or ask an administrator.`,
      );
    const offering = offerings.find(({ id }) => id === p.serviceofferingid);
    const vm = add(p.name ?? 'unnamed', 'Starting', {
      serviceofferingname: offering?.name,
      keypairs: p.keypair,
      ...(p.projectid && { projectid: p.projectid, project: projectOf({ id: p.projectid })[0]?.name, account: undefined }),
    });
    const full = offering === offerings[1] ? new Refusal(533, 'No host has 1 TiB of memory free: host-1 has 3.8 GiB') : undefined;
    return job('deployVirtualMachine', vm, ['Starting', 'Running'], full);
  };

  const commands: Readonly<Record<string, (p: Params) => unknown>> = {
    listZones: (p) => page([zone], p),
    listTemplates: (p) => page(templates, p),
    listServiceOfferings: (p) => page(offerings, p),
    listNetworks: (p) => page(networks, p),
    listSSHKeyPairs: (p) => page(keys, p),
    listVolumes: (p) => page([{ id: 'v', name: 'ROOT-1', type: 'ROOT', size: 1024 ** 3, state: 'Ready', storage: 'local' }], p),
    listEvents: (p) =>
      page(
        events.filter((event) => !p.resourceid || event.resourceid === p.resourceid),
        p,
      ),
    listAsyncJobs: (p) => page([...jobs.values()], p),
    queryAsyncJobResult: ({ jobid = '' }) => jobs.get(jobid),
    listVirtualMachines: (p) => page(found(p), p),
    listProjects: (p) =>
      page(
        projectOf(p).map((project) => ({ ...project, ...figures(project.id) })),
        p,
      ),
    listAccounts: (p) => page([{ name: 'admin', ...figures() }], p),
    registerSSHKeyPair: ({ name = '' }) => {
      const key = { id: randomUUID(), name, fingerprint: '00:11' };
      keys.push(key);
      return key;
    },
    deployVirtualMachine: deploy,
    startVirtualMachine: (p) => job('startVirtualMachine', vmOf(p), ['Starting', 'Running']),
    stopVirtualMachine: (p) => job('stopVirtualMachine', vmOf(p), ['Stopping', 'Stopped']),
    rebootVirtualMachine: (p) => job('rebootVirtualMachine', vmOf(p), ['Running', 'Running']),
    destroyVirtualMachine: (p) =>
      job('destroyVirtualMachine', vmOf(p), ['Stopping', p.expunge === 'true' ? 'gone' : 'Destroyed']),
    expungeVirtualMachine: (p) => job('expungeVirtualMachine', vmOf(p), ['Expunging', 'gone']),
    recoverVirtualMachine: (p) => Object.assign(vmOf(p), { state: 'Stopped' }),
    createConsoleEndpoint: (p) => ({
      success: true,
      url: `/client/console/?ticket=${vmOf(p).id}&vm=${vmOf(p).id}`,
      websocket: { token: vmOf(p).id, host: 'localhost', port: '443', path: 'client/console/socket' },
    }),
  };
  return { commands, add, vms, projects, limits };
};
export type Cloud = ReturnType<typeof makeCloud>;
