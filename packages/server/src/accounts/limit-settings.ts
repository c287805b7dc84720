import { type CountedResource, countedResources } from '@virtstack/contract';
import type { SettingSpec } from './setting-spec.ts';

/** Whose a limit is. */
export type Limited = 'account' | 'domain' | 'project';
type Word = CountedResource['setting'];
export type LimitSetting = `max.${Limited}.${Word}`;
const categories = { account: 'Account Defaults', domain: 'Domain Defaults', project: 'Project Defaults' } as const;

/** The setting that says how much of a resource may be had where no limit is set. */
export const limitSetting = (whose: Limited, { setting }: CountedResource): LimitSetting => `max.${whose}.${setting}`;

const ofAccounts: Readonly<Record<Word, number>> = {
  'user.vms': 20,
  'public.ips': 20,
  volumes: 20,
  snapshots: 20,
  templates: 20,
  projects: 10,
  networks: 20,
  vpcs: 20,
  cpus: 40,
  memory: 40_960,
  'primary.storage': 200,
  'secondary.storage': 400,
};
const byDefault: { readonly [W in Limited]: (word: Word) => number } = {
  account: (word) => ofAccounts[word],
  domain: () => -1,
  project: (word) => (word === 'projects' ? -1 : ofAccounts[word]),
};

const spec = (whose: Limited, { setting, words }: CountedResource): SettingSpec => ({
  category: categories[whose],
  kind: 'integer',
  default: String(byDefault[whose](setting)),
  min: -1,
  max: 1_000_000_000,
  doc: `How many ${words} ${whose === 'account' ? 'an account' : `a ${whose}`} may have for which no limit is set; -1 is without limit.`,
});

/** What may be had where nothing else is said: a setting for each resource, of accounts, domains and projects. */
export const limitSettings = Object.fromEntries(
  (['account', 'domain', 'project'] as const).flatMap((whose) =>
    countedResources.map((resource) => [limitSetting(whose, resource), spec(whose, resource)]),
  ),
) as Readonly<Record<LimitSetting, SettingSpec>>;
