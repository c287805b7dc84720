import {
  type CommandName,
  capabilityFields,
  commands,
  type Description,
  describe,
  type ResponseOf,
  type RoleType,
} from '@virtstack/contract';
import { cloudStackVersion } from '../../version.ts';
import type { Context, Handlers } from '../handler.ts';

const described = new Map<RoleType, readonly Description[]>();

/** What listApis says to a role; made once, for nothing in it changes while the server runs. */
function apisOf(role: RoleType): readonly Description[] {
  let found = described.get(role);
  if (!found) {
    const names = (Object.keys(commands) as CommandName[]).filter((name) => commands[name].roles.includes(role));
    found = names.map((name) => withoutAbsent(name, new Set(names)));
    described.set(role, found);
  }
  return found;
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
    const items = apisOf(caller.role).filter((api) => name === undefined || api.name?.toLowerCase() === name.toLowerCase());
    return { count: items.length, items };
  },
  listCapabilities: async (context) => ({ ...fixed, ...(await fromSettings(context)) }),
} satisfies Handlers<'listApis' | 'listCapabilities'>;

/** What this version cannot do yet. */
const fixed: ResponseOf<'listCapabilities'> = {
  cloudstackversion: cloudStackVersion,
  securitygroupsenabled: false,
  dynamicrolesenabled: false,
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
