/** What limits are set on and counts are kept of: the API's number and name of each, and where else it is spoken of. */
export const countedResources = [
  { number: 0, name: 'user_vm', setting: 'user.vms', field: 'vm', words: 'virtual machines' },
  { number: 1, name: 'public_ip', setting: 'public.ips', field: 'ip', words: 'public addresses' },
  { number: 2, name: 'volume', setting: 'volumes', field: 'volume', words: 'volumes' },
  { number: 3, name: 'snapshot', setting: 'snapshots', field: 'snapshot', words: 'snapshots' },
  { number: 4, name: 'template', setting: 'templates', field: 'template', words: 'templates and ISOs' },
  { number: 5, name: 'project', setting: 'projects', field: 'project', words: 'projects' },
  { number: 6, name: 'network', setting: 'networks', field: 'network', words: 'networks' },
  { number: 7, name: 'vpc', setting: 'vpcs', field: 'vpc', words: 'VPCs' },
  { number: 8, name: 'cpu', setting: 'cpus', field: 'cpu', words: 'CPUs' },
  { number: 9, name: 'memory', setting: 'memory', field: 'memory', words: 'MiB of memory' },
  { number: 10, name: 'primary_storage', setting: 'primary.storage', field: 'primarystorage', words: 'GiB of primary storage' },
  {
    number: 11,
    name: 'secondary_storage',
    setting: 'secondary.storage',
    field: 'secondarystorage',
    words: 'GiB of secondary storage',
  },
] as const;

export type CountedResource = (typeof countedResources)[number];
export type ResourceName = CountedResource['name'];

/** The bytes of a unit of limits, where what is counted is bytes. */
export const bytesPerUnit = (name: ResourceName): number => (name.endsWith('_storage') ? 2 ** 30 : 1);

/** No limit, as the API writes it in a number. */
export const unlimited = -1;

/** What is counted under that number, or that name. */
export const countedResource = (is: number | string): CountedResource | undefined =>
  countedResources.find(({ number, name }) => number === is || name === is);
