import { useList } from '../api/hooks.ts';
import { bytes } from '../format.ts';
import type { Wanted } from '../limits/limits.ts';
import { ownerIn, scopeOf } from '../project.ts';
import { texts } from '../texts.ts';
import { type Deployment, pasteKey } from './deployment.ts';
import type { Choice } from './field.tsx';

const still = { follow: false } as const;
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export type Choices = {
  readonly loading: boolean;
  readonly zones: readonly Choice[];
  readonly templates: readonly Choice[];
  readonly offerings: readonly Choice[];
  readonly networks: readonly Choice[];
  readonly keys: readonly Choice[];
  /** How much of the limits such an instance takes. */
  readonly takenBy: (d: Deployment) => Wanted;
};

/** What can be chosen in a zone, by whom the instance is to belong to. */
export const useChoices = (wantedZone: string, project: string): Choices => {
  const { projectid } = ownerIn(project);
  const scope = scopeOf(projectid ?? '');
  const zones = useList('listZones', { available: true }, still);
  const zoneid = wantedZone || (zones.data?.items[0]?.id ?? '');
  const inZone = { ...still, enabled: zoneid !== '' };
  const templates = useList('listTemplates', { templatefilter: 'executable', zoneid, ...scope }, inZone);
  const offerings = useList('listServiceOfferings', {}, inZone);
  const networks = useList('listNetworks', { zoneid, ...scope }, inZone);
  const keys = useList('listSSHKeyPairs', { ...ownerIn(project) }, still);
  return {
    loading: [zones, templates, offerings, networks, keys].some((list) => list.isLoading),
    zones: (zones.data?.items ?? []).map(({ id, name }) => ({ value: id ?? '', text: name ?? '' })),
    templates: (templates.data?.items ?? [])
      .filter((template) => template.isready)
      .map(({ id, name, size }) => ({ value: id ?? '', text: texts.deploy.ready(name ?? '', bytes(size ?? 0)) })),
    offerings: (offerings.data?.items ?? []).map(({ id, name, cpunumber, memory }) => ({
      value: id ?? '',
      text: texts.deploy.size(name ?? '', cpunumber ?? 0, bytes((memory ?? 0) * MiB)),
    })),
    networks: (networks.data?.items ?? []).map(({ id, name, cidr }) => ({
      value: id ?? '',
      text: cidr ? `${name} (${cidr})` : (name ?? ''),
    })),
    keys: [
      ...(keys.data?.items ?? []).map(({ name }) => ({ value: name ?? '', text: name ?? '' })),
      { value: '', text: texts.deploy.noKey },
      { value: pasteKey, text: texts.deploy.newKey },
    ],
    takenBy: (d) => {
      const offering = offerings.data?.items.find(({ id }) => id === d.serviceofferingid);
      const template = templates.data?.items.find(({ id }) => id === d.templateid);
      const disk = offering?.rootdisksize || (template?.size ?? 0) / GiB;
      return { vm: 1, cpu: offering?.cpunumber ?? 0, memory: offering?.memory ?? 0, volume: 1, primarystorage: disk };
    },
  };
};

/** The form with its defaults: the first of everything that was not chosen. */
export const withDefaults = (d: Deployment, choices: Choices, keyTouched: boolean): Deployment => ({
  ...d,
  zoneid: d.zoneid || (choices.zones[0]?.value ?? ''),
  templateid: d.templateid || (choices.templates[0]?.value ?? ''),
  serviceofferingid: d.serviceofferingid || (choices.offerings[0]?.value ?? ''),
  networkids: d.networkids || (choices.networks[0]?.value ?? ''),
  keypair: keyTouched ? d.keypair : (choices.keys[0]?.value ?? ''),
});
