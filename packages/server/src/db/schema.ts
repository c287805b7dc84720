import type { ColumnType, Generated } from 'kysely';

type Created = ColumnType<Date, Date | undefined, Date>;
type Removed = ColumnType<Date | null, Date | null | undefined, Date | null>;
type Json<T> = ColumnType<T, string | undefined, string>;
type Optional<T> = ColumnType<T | null, T | null | undefined, T | null>;
type Defaulted<T> = ColumnType<T, T | undefined, T>;
/** 64-bit columns arrive as numbers: nothing here counts beyond 2^53. */
type Big = ColumnType<number, number | undefined, number>;

/** What every thing has that can be removed. Ids are UUIDs, minted before the row exists. */
type Thing = { id: string; created: Created; removed: Removed };
/** What every thing has that somebody owns. */
type Owned = {
  account_id: string;
  domain_id: string;
  /** Set where a project owns it; the account is the project's then. */
  project_id: Optional<string>;
};

/** A rule of a role or of a key: a command or a pattern with *, and allow or deny. */
type RuleColumn = { readonly rule: string; readonly permission: string };

export type CountedResource =
  | 'user_vm'
  | 'running'
  | 'public_ip'
  | 'volume'
  | 'snapshot'
  | 'template'
  | 'project'
  | 'network'
  | 'vpc'
  | 'cpu'
  | 'memory'
  | 'primary_storage'
  | 'secondary_storage';

export type Tables = {
  domain: Thing & {
    parent_id: string | null;
    name: string;
    path: string;
    level: number;
    network_domain: Optional<string>;
    /** Active, Inactive */
    state: Defaulted<string>;
  };
  account: Thing & {
    number: Generated<number>;
    domain_id: string;
    name: string;
    /** The contract's RoleType; Project: it owns what a project has, and nobody logs in to it. */
    role_type: string;
    /** Null: the built-in role of that type. */
    role_id: Optional<string>;
    /** enabled, disabled, locked */
    state: Defaulted<string>;
    network_domain: Optional<string>;
    details: Json<Record<string, string>>;
  };
  users: Thing & {
    account_id: string;
    username: string;
    firstname: string;
    lastname: string;
    email: string;
    timezone: Optional<string>;
    password_hash: string;
    /** enabled, disabled, locked */
    state: Defaulted<string>;
    /** In a row. */
    failed_logins: Defaulted<number>;
    totp_secret: Optional<Buffer>;
    /** He has shown once that his device says the right codes. */
    totp_enabled: Defaulted<boolean>;
    totp_mandated: Defaulted<boolean>;
    /** The step of the last code that was accepted: none is accepted twice. */
    totp_used: Optional<number>;
    /** Codes tried since the last right one. */
    totp_attempts: Defaulted<number>;
    /** Until when no code is looked at. */
    totp_blocked: Optional<Date>;
    password_change_required: Defaulted<boolean>;
  };
  api_key: {
    id: Generated<string>;
    api_key: string;
    user_id: string;
    secret: Buffer;
    name: Optional<string>;
    description: Optional<string>;
    starts: Optional<Date>;
    ends: Optional<Date>;
    /** Empty: whatever its user may do. */
    rules: Json<readonly (RuleColumn & { readonly description?: string })[]>;
    created: Created;
  };
  session: {
    id_hash: string;
    key_hash: string;
    user_id: string;
    /** The second factor was shown in it. */
    verified: Defaulted<boolean>;
    created: Created;
    used: Created;
  };
  /** Log-ins that failed lately. */
  login_failure: {
    /** name or address */
    counted: string;
    /** An address, or the mark of a name. */
    name: string;
    failures: number;
    /** From then on they count no more. */
    forgotten: Date;
  };
  /** The built-in ones have no rules here: what they may call is the contract's. */
  role: Thing & {
    name: string;
    description: Defaulted<string>;
    role_type: string;
    is_public: Defaulted<boolean>;
    is_default: Defaulted<boolean>;
    /** enabled, disabled */
    state: Defaulted<string>;
  };
  role_permission: RuleColumn & { id: string; role_id: string; description: Defaulted<string>; sort_order: number };
  project: Thing & {
    domain_id: string;
    /** The account that owns what the project has. */
    account_id: string;
    name: string;
    display_text: string;
    /** Active, Disabled, Suspended */
    state: Defaulted<string>;
  };
  project_role: Thing & { project_id: string; name: string; description: Defaulted<string> };
  project_role_permission: RuleColumn & {
    id: string;
    project_id: string;
    project_role_id: string;
    description: Defaulted<string>;
    sort_order: number;
  };
  project_member: {
    id: string;
    project_id: string;
    account_id: string;
    /** Null: every user of the account. */
    user_id: Optional<string>;
    /** Admin, Regular */
    role: string;
    project_role_id: Optional<string>;
    created: Created;
  };
  project_invitation: {
    id: string;
    project_id: string;
    account_id: Optional<string>;
    user_id: Optional<string>;
    domain_id: string;
    email: Optional<string>;
    token_hash: Optional<string>;
    role: string;
    project_role_id: Optional<string>;
    /** Pending, Completed, Expired, Declined */
    state: Defaulted<string>;
    created: Created;
  };
  /** Of an account or of a domain; -1 is without limit. */
  resource_limit: {
    id: Generated<string>;
    account_id: Optional<string>;
    domain_id: Optional<string>;
    resource: string;
    most: number;
  };
  /** What each account has, kept by triggers on what is counted; memory in MiB, storage in bytes. */
  account_usage: { account_id: string; domain_id: string } & { [R in CountedResource]: Big };
  /** Tallies: what is kept is the sum of their rows, to which triggers on what is counted add (0006-lists.ts). Of what accounts have, by domain. */
  account_usage_tally: { domain_id: string } & { [R in CountedResource]: Big };
  /** Of living rows. */
  virtual_machine_tally: { domain_id: string; project_id: string | null; amount: Big };
  volume_tally: { domain_id: string; project_id: string | null; amount: Big };
  network_tally: { domain_id: string; project_id: string | null; acl_type: string; amount: Big };
  account_tally: { domain_id: string; amount: Big };
  host_tally: { amount: Big };
  resource_tag: { id: string; created: Created } & Owned & {
      /** As the API names it: UserVm, Volume … */
      resource_type: string;
      resource_id: string;
      key: string;
      value: string;
      customer: Optional<string>;
    };
  annotation: Thing &
    Owned & {
      entity_type: string;
      entity_id: string;
      text: string;
      admins_only: Defaulted<boolean>;
      user_id: string;
    };
  /** Lets in once; the ticket itself is known to whoever was given it alone. */
  console_ticket: { hash: string; virtual_machine_id: string; user_id: string; created: Created };
  setting: { name: string; scope: string; scope_id: string; value: string; updated: Created };
  ssh_key_pair: { id: string; name: string; fingerprint: string; public_key: string; created: Created } & Owned;

  zone: Thing & {
    name: string;
    network_type: string;
    dns1: string;
    dns2: Optional<string>;
    internal_dns1: string;
    internal_dns2: Optional<string>;
    guest_cidr: Optional<string>;
    domain: Optional<string>;
    allocation_state: string;
    local_storage_enabled: boolean;
    security_groups_enabled: boolean;
  };
  pod: Thing & {
    zone_id: string;
    name: string;
    gateway: string;
    netmask: string;
    start_ip: string;
    end_ip: Optional<string>;
    allocation_state: string;
  };
  cluster: Thing & {
    zone_id: string;
    pod_id: string;
    name: string;
    /** The label; a cluster never mixes two. */
    hypervisor: string;
    cluster_type: string;
    arch: string;
    allocation_state: string;
  };
  host: Thing & {
    guid: string;
    zone_id: string;
    pod_id: string;
    cluster_id: string;
    name: string;
    address: string;
    hypervisor: string;
    /** Creating, Connecting, Up, Disconnected, Alert, Down, Removed */
    status: string;
    /** Enabled, Disabled, Maintenance … */
    resource_state: Defaulted<string>;
    /** protocol's HostFacts */
    facts: Json<Record<string, unknown>>;
    boot_id: string;
    cpus: number;
    cpu_mhz: number;
    memory_bytes: Big;
    /** As last reported: 0 to 1. */
    cpu_used: Optional<number>;
    memory_free_bytes: Optional<number>;
    tags: Defaulted<string[]>;
    last_seen: Optional<Date>;
    disconnected: Optional<Date>;
    /** The server that holds its agent's connection. */
    server_number: Optional<number>;
    /** The server set it up over SSH, so its agent can make it what it was before. */
    set_up: Defaulted<boolean>;
    /** Of the certificate that its agent showed last, or has said to be in place. */
    certificate_serial: Optional<string>;
  };
  storage_pool: Thing & {
    zone_id: string;
    pod_id: Optional<string>;
    cluster_id: Optional<string>;
    /** Set where the scope is HOST. */
    host_id: Optional<string>;
    name: string;
    type: string;
    scope: string;
    path: string;
    /** The address of the server that exports it, where hosts mount it. */
    address: string;
    /** Up, Disabled */
    state: string;
    capacity_bytes: Big;
    used_bytes: Big;
    tags: Defaulted<string[]>;
    /** The label of the hosts that use it, where they are not a cluster's. */
    hypervisor: Optional<string>;
    /** The directory on that server; `path` is where hosts mount it. */
    export_path: Optional<string>;
    mount_options: Defaulted<string[]>;
  };
  /** What a host says of a pool that it uses. */
  pool_host: {
    storage_pool_id: string;
    host_id: string;
    /** Why it cannot use it now. */
    problem: Optional<string>;
    since: Created;
  };
  /** The job that brings a template's image onto a pool which several hosts have. */
  image_fetch: { template_id: string; storage_pool_id: string; job_id: string };
  image_store: Thing & {
    zone_id: Optional<string>;
    name: string;
    provider: string;
    url: string;
    path: string;
    capacity_bytes: Big;
    used_bytes: Big;
  };
  physical_network: Thing & {
    zone_id: string;
    name: string;
    state: string;
    vlan: Optional<string>;
    isolation_methods: Defaulted<string[]>;
    tags: Defaulted<string[]>;
  };
  traffic_type: Thing & {
    physical_network_id: string;
    traffic_type: string;
    /** hypervisor label → bridge */
    labels: Json<Record<string, string>>;
  };
  network_offering: Thing & {
    name: string;
    display_text: string;
    guest_ip_type: string;
    traffic_type: string;
    specify_vlan: boolean;
    specify_ip_ranges: boolean;
    is_default: boolean;
    state: string;
    availability: string;
    /** service → providers */
    services: Json<Record<string, string[]>>;
  };
  network: Thing &
    Owned & {
      zone_id: string;
      physical_network_id: string;
      network_offering_id: string;
      name: string;
      display_text: string;
      type: string;
      acl_type: string;
      state: string;
      gateway: string;
      netmask: string;
      cidr: string;
      start_ip: string;
      end_ip: string;
      vlan: Optional<string>;
      dns1: Optional<string>;
      dns2: Optional<string>;
      network_domain: Optional<string>;
      /** The cloud makes the bridge and masquerades behind the host (`up`'s own network). */
      own_bridge: Defaulted<boolean>;
    };
  service_offering: Thing & {
    name: string;
    display_text: string;
    cpu_number: number;
    cpu_speed: number;
    memory_mb: number;
    storage_type: string;
    root_disk_bytes: Optional<number>;
    offer_ha: boolean;
    host_tags: Defaulted<string[]>;
    storage_tags: Defaulted<string[]>;
  };
  disk_offering: Thing & {
    name: string;
    display_text: string;
    size_bytes: Big;
    is_customized: boolean;
    storage_type: string;
    tags: Defaulted<string[]>;
  };
  os_category: { id: string; name: string; created: Created };
  os_type: { id: string; os_category_id: string; name: string; created: Created };
  template: Thing &
    Owned & {
      name: string;
      display_text: string;
      url: string;
      format: string;
      hypervisor: string;
      arch: string;
      checksum: Optional<string>;
      os_type_id: Optional<string>;
      template_type: string;
      is_public: boolean;
      is_featured: boolean;
      is_extractable: boolean;
      password_enabled: boolean;
      requires_hvm: boolean;
      details: Json<Record<string, string>>;
      /** Absent until the image is in a store. */
      size_bytes: Optional<number>;
      virtual_size_bytes: Optional<number>;
      sha512: Optional<string>;
    };
  /** A template's image in an image store. */
  template_store: {
    template_id: string;
    image_store_id: string;
    /** Creating, Ready, Failed */
    state: string;
    /** 0 to 100 */
    progress: Defaulted<number>;
    /** For the user: why it failed and what to do. */
    error: Optional<string>;
    path: Optional<string>;
    updated: Created;
  };
  /** A template's image on a host's pool, from which volumes are made. */
  template_pool: { template_id: string; storage_pool_id: string; path: string; virtual_size_bytes: Big; updated: Created };
  virtual_machine: Thing &
    Owned & {
      number: Generated<number>;
      zone_id: string;
      host_id: Optional<string>;
      last_host_id: Optional<string>;
      /** Where it is being moved to; while nobody can say whether it arrived, it stays. */
      migration_host_id: Optional<string>;
      template_id: string;
      service_offering_id: string;
      os_type_id: Optional<string>;
      user_id: Optional<string>;
      name: string;
      display_name: string;
      /** libvirt's name of the domain, `i-ACCOUNT-NUMBER-VM`. */
      instance_name: string;
      /** CloudStack's: Starting, Running, Stopping, Stopped, Destroyed, Expunging, Migrating, Error, Unknown */
      state: string;
      /** What the host last said (protocol's GuestState). */
      power_state: Defaulted<string>;
      hypervisor: string;
      cpu_number: number;
      cpu_speed: number;
      memory_mb: number;
      user_data: Optional<string>;
      ssh_public_keys: Defaulted<string[]>;
      ssh_key_names: Defaulted<string[]>;
      details: Json<Record<string, string>>;
      ha_enabled: boolean;
      /** pv, pvh or hvm, as it was started last. */
      virtualization_mode: Optional<string>;
      /** It runs and does not boot: why, for the user. */
      boot_problem: Optional<string>;
      /** Why it is in Error, for the user. */
      error: Optional<string>;
      /** Its domain was there before it: its definition is that domain's, and nobody makes it anew. */
      adopted: Defaulted<boolean>;
      /** When it was destroyed; it is expunged `expunge.delay` seconds later. */
      destroyed: Optional<Date>;
      state_changed: Created;
    };
  volume: Thing &
    Owned & {
      zone_id: string;
      storage_pool_id: Optional<string>;
      virtual_machine_id: Optional<string>;
      template_id: Optional<string>;
      disk_offering_id: Optional<string>;
      name: string;
      /** ROOT or DATADISK */
      type: string;
      device_id: Optional<number>;
      size_bytes: Big;
      path: Optional<string>;
      format: Optional<string>;
      /** Allocated, Attaching, Ready, Destroy, Expunged */
      state: string;
      attached: Optional<Date>;
      destroyed: Optional<Date>;
      /** The label of the hypervisor for which its file was made. */
      hypervisor: Optional<string>;
    };
  nic: Thing & {
    virtual_machine_id: string;
    network_id: string;
    mac: string;
    address: string;
    device_id: number;
    is_default: boolean;
  };

  event: {
    id: string;
    type: string;
    level: string;
    /** Scheduled, Started, Completed */
    state: string;
    description: string;
    account_id: string;
    domain_id: string;
    project_id: Optional<string>;
    user_id: Optional<string>;
    resource_type: Optional<string>;
    resource_id: Optional<string>;
    /** The first event of the same job. */
    start_id: Optional<string>;
    archived: Defaulted<boolean>;
    created: Created;
  };
  alert: {
    id: string;
    type: number;
    name: string;
    description: string;
    zone_id: Optional<string>;
    resource_id: Optional<string>;
    created: Created;
    archived: Defaulted<boolean>;
  };
  /** An agent that is connected, but whose host nobody has added yet. */
  waiting_agent: {
    guid: string;
    remote_address: string;
    /** protocol's HostFacts */
    facts: Json<Record<string, unknown>>;
    server_number: number;
    created: Created;
  };
  /** What a host that could not be reached still has to undo; done when its agent is back, before the host is Up. */
  leftover: {
    id: Generated<number>;
    host_id: string;
    method: string;
    params: Json<Record<string, unknown>>;
    created: Created;
  };
  job: {
    id: string;
    /** Order of creation. */
    number: Generated<number>;
    command: string;
    saga: string;
    /** What the steps carry from one to the next. */
    state: Json<Record<string, unknown>>;
    /** Jobs of one subject run one after another. */
    subject: Optional<string>;
    instance_type: Optional<string>;
    instance_id: Optional<string>;
    user_id: Optional<string>;
    account_id: string;
    domain_id: string;
    project_id: Optional<string>;
    /** 0 pending, 1 done, 2 failed */
    status: Defaulted<number>;
    /** 0 to 100 */
    progress: Defaulted<number>;
    result: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>;
    error_code: Optional<number>;
    error_text: Optional<string>;
    /** The same as anybody may read it whose things it is about. */
    error_public: Optional<string>;
    /** The server that runs it, and the number of this run: raised at each claim, and carried by every order to an agent. */
    server_number: Optional<number>;
    epoch: Big;
    start_event_id: Optional<string>;
    created: Created;
    started: Optional<Date>;
    completed: Optional<Date>;
  };
  job_step: {
    id: Generated<number>;
    job_id: string;
    name: string;
    /** do or undo */
    direction: string;
    /** started, done, failed */
    status: string;
    epoch: Big;
    error: Optional<string>;
    started: Created;
    finished: Optional<Date>;
  };
  /** `agent_url`: where agents, and the other servers, reach it. */
  server: { number: Generated<number>; id: string; name: string; version: string; agent_url: Optional<string>; started: Created };
  /** What hosts are to run: that of the server of the newest version, or of the latest of its version. */
  program: { name: string; version: string; sha512: string; offered: Created };
  authority: { name: string; certificate: string; key: Buffer; created: Created };
  /** What only the servers of this installation may know, sealed. */
  server_secret: { name: string; value: Buffer; created: Created };
  /** The key that a host showed when the server first logged in to it (SSH's own form). */
  ssh_host_key: { address: string; port: number; key: Buffer; created: Created };
  certificate: { serial: string; subject: string; not_after: Date; revoked: Optional<Date>; created: Created };
};
