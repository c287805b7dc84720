import { type CommandName, capabilityFields, type Description, describe, type ResponseOf } from '@virtstack/contract';
import { callableNow } from '../../accounts/password-change.ts';
import { cloudStackVersion } from '../../version.ts';
import type { Context, Handlers } from '../handler.ts';

/** What listApis says to those who may call the same commands; nothing in it changes while the server runs. */
const described = new Map<string, readonly Description[]>();
const mostKept = 32;

function apisOf(names: readonly CommandName[]): readonly Description[] {
  const key = names.join();
  const found = described.get(key) ?? describeAll(names);
  described.delete(key);
  described.set(key, found);
  // The one that was asked for longest ago is the first of a Map.
  if (described.size > mostKept) described.delete(described.keys().next().value!);
  return found;
}

function describeAll(names: readonly CommandName[]): readonly Description[] {
  const present = new Set<string>(names);
  return names.map((name) => withoutAbsent(name, present));
}

/** Without relations to commands that are not there. */
function withoutAbsent(name: CommandName, present: ReadonlySet<string>): Description {
  const only = (related: string | null | undefined): string =>
    (related ?? '')
      .split(',')
      .filter((one) => present.has(one))
      .join(',');
  const all = describe(name);
  return {
    ...all,
    related: only(all.related),
    params: (all.params ?? []).map((one) => ({ ...one, related: only(one.related) })),
  };
}

export const apis = {
  listApis: async ({ caller }, { name }) => {
    const items = apisOf(callableNow(caller)).filter(
      (api) => name === undefined || api.name?.toLowerCase() === name.toLowerCase(),
    );
    return { count: items.length, items };
  },
  listCapabilities: async (context) => ({ ...fixed, ...(await fromSettings(context)) }),
} satisfies Handlers<'listApis' | 'listCapabilities'>;

/** What this version cannot do yet. */
const fixed: ResponseOf<'listCapabilities'> = {
  cloudstackversion: cloudStackVersion,
  securitygroupsenabled: false,
  dynamicrolesenabled: true,
  userpublictemplateenabled: true,
  supportELB: 'false',
  projectinviterequired: false,
  allowusercreateprojects: false,
  regionsecondaryenabled: false,
  snapshotshowchainsize: false,
  allowuserexpungerecovervolume: false,
  allowuserviewalldomainaccounts: false,
  kubernetesserviceenabled: false,
  kubernetesclusterexperimentalfeaturesenabled: false,
  customhypervisordisplayname: 'Custom',
  instancesstatsretentiontime: 0,
  instancesstatsuseronly: false,
  instancesdisksstatsretentionenabled: false,
  instancesdisksstatsretentiontime: 0,
  instanceleaseenabled: false,
  dynamicscalingenabled: false,
  additionalconfigenabled: false,
  ...(Object.fromEntries(Object.keys(capabilityFields).map((name) => [name, false])) as Record<
    keyof typeof capabilityFields,
    boolean
  >),
};

async function fromSettings({ settings, caller }: Context): Promise<ResponseOf<'listCapabilities'>> {
  const mine = { scope: 'account', id: caller.accountId } as const;
  return {
    customdiskofferingminsize: await settings.number('custom.diskoffering.size.min'),
    customdiskofferingmaxsize: await settings.number('custom.diskoffering.size.max'),
    defaultuipagesize: await settings.number('default.ui.page.size'),
    allowuserviewdestroyedvm: await settings.boolean('allow.user.view.destroyed.vm', mine),
    allowuserexpungerecovervm: await settings.boolean('allow.user.expunge.recover.vm', mine),
    allowuserforcestopvm: await settings.boolean('allow.user.force.stop.vm', mine),
  };
}
