import { accessSettings } from './access-settings.ts';
import { apiSettings } from './api-settings.ts';
import { hostSettings } from './host-settings.ts';
import { limitSettings } from './limit-settings.ts';
import { secondFactorSettings } from './second-factor-settings.ts';
import { domainName, networks } from './setting-forms.ts';
import type { SettingSpec } from './setting-spec.ts';

const capacityScopes = ['cluster', 'zone'] as const;
const fraction = { kind: 'decimal', min: 0, max: 1 } as const;
const factor = { kind: 'decimal', min: 1, max: 100 } as const;
const bridge = { pattern: /^[A-Za-z0-9_.-]{1,15}$/, words: 'a name of a network interface, at most 15 characters' };

/** Every setting. Names are CloudStack's where it has one. */
export const settingsTable = {
  ...limitSettings,
  ...accessSettings,
  ...secondFactorSettings,
  ...apiSettings,
  ...hostSettings,
  'default.page.size': {
    category: 'Management Server',
    kind: 'integer',
    default: '500',
    min: 1,
    max: 10_000,
    doc: 'The most entries that a list answers when no page size is given, and the largest page size.',
  },
  'default.ui.page.size': {
    category: 'Management Server',
    kind: 'integer',
    default: '20',
    min: 1,
    max: 1000,
    doc: 'Entries on a page of the web UI.',
  },
  'job.expire.minutes': {
    category: 'Management Server',
    kind: 'integer',
    default: '1440',
    min: 10,
    doc: 'Minutes for which finished jobs are kept.',
  },
  'event.purge.delay': {
    category: 'Management Server',
    kind: 'integer',
    default: '30',
    min: 0,
    doc: 'Days for which events are kept; 0 keeps them for ever.',
  },
  'alert.purge.delay': {
    category: 'Management Server',
    kind: 'integer',
    default: '0',
    min: 0,
    doc: 'Days for which alerts are kept; 0 keeps them for ever.',
  },
  'expunge.delay': {
    category: 'Compute',
    kind: 'integer',
    default: '86400',
    min: 0,
    doc: 'Seconds after which a destroyed virtual machine or volume is expunged; until then it can be recovered.',
  },
  'expunge.interval': {
    category: 'Compute',
    kind: 'integer',
    default: '86400',
    min: 1,
    doc: 'Seconds between two looks for virtual machines and volumes to expunge.',
  },
  migratewait: {
    category: 'Compute',
    kind: 'integer',
    default: '3600',
    min: 1,
    doc: 'Seconds after which a migration of a running virtual machine that has not ended is given up: it runs on where it was.',
  },
  'vm.destroy.forcestop': {
    category: 'Compute',
    kind: 'boolean',
    default: 'false',
    doc: 'Destroying a running virtual machine powers it off at once instead of asking it to shut down.',
  },
  'allow.user.expunge.recover.vm': {
    category: 'Compute',
    kind: 'boolean',
    default: 'false',
    scopes: ['account', 'domain'],
    doc: 'Users may expunge and recover their own virtual machines.',
  },
  'allow.user.view.destroyed.vm': {
    category: 'Compute',
    kind: 'boolean',
    default: 'false',
    scopes: ['account', 'domain'],
    doc: 'Users see their destroyed virtual machines until they are expunged.',
  },
  'allow.user.force.stop.vm': {
    category: 'Compute',
    kind: 'boolean',
    default: 'true',
    scopes: ['account', 'domain'],
    doc: 'Users may power their virtual machines off.',
  },
  'allow.user.create.projects': {
    category: 'Access',
    kind: 'boolean',
    default: 'true',
    doc: 'Users may make projects.',
  },
  'project.invite.required': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    doc: 'Whoever is added to a project is invited, and becomes a member when he accepts.',
  },
  'project.invite.timeout': {
    category: 'Access',
    kind: 'integer',
    default: '86400',
    min: 1,
    doc: 'Seconds for which an invitation to a project can be accepted.',
  },
  'virtualization.mode': {
    category: 'Hypervisor',
    kind: 'text',
    default: '',
    oneOf: ['', 'pv', 'pvh', 'hvm'],
    scopes: ['zone', 'cluster'],
    doc: 'How guests meet their hypervisor where neither template nor machine says it: pv, pvh or hvm; empty: what the host likes best.',
  },
  'host.allow.emulation': {
    category: 'Hypervisor',
    kind: 'boolean',
    default: 'false',
    scopes: ['zone', 'cluster'],
    doc: 'Hosts without hardware acceleration may be added. Their guests run many times slower.',
  },
  'cpu.overprovisioning.factor': {
    ...factor,
    category: 'Compute',
    default: '1.0',
    scopes: capacityScopes,
    doc: 'How often the CPU of a host may be given away.',
  },
  'mem.overprovisioning.factor': {
    ...factor,
    category: 'Compute',
    default: '1.0',
    scopes: capacityScopes,
    doc: 'How often the memory of a host may be given away.',
  },
  'storage.overprovisioning.factor': {
    ...factor,
    category: 'Storage',
    default: '2.0',
    scopes: ['storagepool', 'zone'],
    doc: 'How often the space of a storage pool may be given away; volumes grow as they are written.',
  },
  'cluster.cpu.allocated.capacity.disablethreshold': {
    ...fraction,
    category: 'Compute',
    default: '0.85',
    scopes: capacityScopes,
    doc: 'No guest is placed into a cluster whose CPU is given away beyond this part.',
  },
  'cluster.memory.allocated.capacity.disablethreshold': {
    ...fraction,
    category: 'Compute',
    default: '0.85',
    scopes: capacityScopes,
    doc: 'No guest is placed into a cluster whose memory is given away beyond this part.',
  },
  'pool.storage.allocated.capacity.disablethreshold': {
    ...fraction,
    category: 'Storage',
    default: '0.85',
    scopes: ['storagepool', 'zone'],
    doc: 'No volume is placed into a storage pool whose space is given away beyond this part.',
  },
  'pool.storage.capacity.disablethreshold': {
    ...fraction,
    category: 'Storage',
    default: '0.85',
    scopes: ['storagepool', 'zone'],
    doc: 'No volume is placed into a storage pool that is filled beyond this part.',
  },
  'max.template.iso.size': {
    category: 'Storage',
    kind: 'integer',
    default: '50',
    min: 1,
    max: 65_536,
    doc: 'The largest image that may be registered, GiB.',
  },
  'secstorage.allowed.internal.sites': {
    category: 'Storage',
    kind: 'text',
    default: '',
    matching: networks,
    doc: 'Networks of one’s own from which images may be downloaded, comma-separated (192.168.0.0/16). All others are refused where they are not public.',
  },
  'custom.diskoffering.size.min': {
    category: 'Storage',
    kind: 'integer',
    default: '1',
    min: 1,
    doc: 'The smallest volume of a size of one’s own, GiB.',
  },
  'custom.diskoffering.size.max': {
    category: 'Storage',
    kind: 'integer',
    default: '1024',
    min: 1,
    doc: 'The largest volume of a size of one’s own, GiB.',
  },
  'guest.bridge.own': {
    category: 'Network',
    kind: 'text',
    default: 'virtstack0',
    matching: bridge,
    doc: 'Guest networks whose traffic label is this bridge are the cloud’s own: hosts make the bridge, and guests reach the outside behind their host.',
  },
  'guest.domain.suffix': {
    category: 'Network',
    kind: 'text',
    default: 'cs.internal',
    scopes: ['zone'],
    matching: domainName,
    doc: 'The domain of guests’ names where their network names none.',
  },
  'ping.interval': {
    category: 'Infrastructure',
    kind: 'integer',
    default: '60',
    min: 1,
    max: 3600,
    doc: 'Seconds between two reports of a host.',
  },
  'ping.timeout': {
    category: 'Infrastructure',
    kind: 'decimal',
    default: '2.5',
    min: 1,
    max: 100,
    doc: 'A host is looked after when it has not reported for this many intervals.',
  },
} as const satisfies Record<string, SettingSpec>;

export type SettingName = keyof typeof settingsTable;

export const settingNames = Object.keys(settingsTable) as readonly SettingName[];

/** The setting of that name, or nothing. */
export const settingSpec = (name: string): SettingSpec | undefined =>
  Object.hasOwn(settingsTable, name) ? settingsTable[name as SettingName] : undefined;
