import { type RawBuilder, sql } from 'kysely';
import { everything } from '../entities.ts';
import { refuse } from './rows.ts';

type Choice = {
  readonly ids?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly startdate?: Date | undefined;
  readonly enddate?: Date | undefined;
};

/** Which records are to be put away or deleted. @throws {CloudError} it does not say which. */
export function chosen({ ids, type, startdate, enddate }: Choice): RawBuilder<boolean> {
  if ([ids, type, startdate, enddate].every((value) => value === undefined))
    refuse('It does not say which ones: name them by ids, type, startdate or enddate.');
  const when = (value: unknown, condition: RawBuilder<boolean>) => (value === undefined ? everything : condition);
  return sql<boolean>`(${when(ids, sql`id = any(${ids}::uuid[])`)} and ${when(type, sql`type::text = ${type}`)}
    and ${when(startdate, sql`created >= ${startdate}`)} and ${when(enddate, sql`created <= ${enddate}`)})`;
}
