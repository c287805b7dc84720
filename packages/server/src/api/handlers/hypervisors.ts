import type { HypervisorLabel } from '../../cloud.ts';
import type { Context, Handlers } from '../handler.ts';
import { refuse } from './rows.ts';

/** The installation's label of that name, in whatever case it was written. @throws {CloudError} `parameter`: there is none, with those that there are. */
export function hypervisorNamed({ hypervisors: known }: Pick<Context, 'hypervisors'>, name: string): HypervisorLabel {
  const label = known.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  return (
    label ??
    refuse(`The hypervisor type ${name} is not one of this installation. It has ${known.map(({ type }) => type).join(', ')}.`)
  );
}

export const hypervisors = {
  async listHypervisors(context, { zoneid }) {
    const used = zoneid === undefined ? undefined : await typesIn(context, zoneid);
    const items = context.hypervisors.filter(({ type }) => used?.has(type) ?? true).map(({ type: name }) => ({ name }));
    return { count: items.length, items };
  },
} satisfies Handlers<'listHypervisors'>;

async function typesIn({ db }: Context, zoneId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('cluster')
    .select('hypervisor')
    .distinct()
    .where('zone_id', '=', zoneId)
    .where('removed', 'is', null)
    .execute();
  return new Set(rows.map(({ hypervisor }) => hypervisor));
}
