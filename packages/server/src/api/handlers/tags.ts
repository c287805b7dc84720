import { randomUUID } from 'node:crypto';
import { type Entity, taggable } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Tables } from '../../db/schema.ts';
import { containing, having, identified } from '../conditions.ts';
import { everything, rowsOf } from '../entities.ts';
import { type Context, type Handlers, ownerColumns } from '../handler.ts';
import { paged } from '../page.ts';
import { tagColumns, tagResponse } from '../tags.ts';
import { ownerOfThing } from '../thing-owner.ts';
import { refuse, words } from './rows.ts';

type Tags = Readonly<Record<string, string>>;
type Row = Omit<Tables['resource_tag'], 'created' | 'customer' | 'project_id'> & {
  readonly customer: string | null;
  readonly project_id: string | null;
};
const longest = 255;
/** What is done is done when the command returns; its job only says so. */
const done = { saga: 'nothing-left-to-do', state: {} };

export const tags = {
  async createTags(context, { resourcetype, resourceids, tags: wanted, customer }) {
    checkTags(wanted);
    const ids = [...new Set(resourceids.map((id) => id.toLowerCase()))];
    if (ids.length === 0) refuse('No thing is named that is to bear the tags: name them by resourceids.');
    await keep(context, taggable[resourcetype], ids);
    for (const id of ids) await put(context, await rowsFor(context, { resourcetype, id, wanted, customer: customer ?? null }));
    return done;
  },

  async deleteTags({ db }, { resourcetype, resourceids, tags: unwanted }) {
    const matching = Object.entries(unwanted ?? {}).map(([key, value]) =>
      value === '' ? same('key', key) : sql<boolean>`(${same('key', key)} and ${same('value', value)})`,
    );
    const gone = await db
      .deleteFrom('resource_tag')
      .where('resource_type', '=', resourcetype)
      .where(sql<boolean>`resource_id = any(${resourceids}::uuid[])`)
      .where(matching.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(matching, sql` or `)})`)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n)
      refuse(`None of these tags is there: ${resourcetype} ${resourceids.join(', ')} bear nothing that is called so.`);
    return done;
  },

  async listTags(context, params) {
    // a thing is named as what is listed would be by its id: whoever sees it need not say whose it is
    const scope = params.resourceid === undefined ? params : { ...params, listall: true, projectid: params.projectid ?? '-1' };
    const query = context.db
      .selectFrom('resource_tag')
      .where(having({ resource_type: params.resourcetype, customer: params.customer }))
      .where(same('resource_tag.key', params.key))
      .where(same('resource_tag.value', params.value))
      .where(identified('resource_id', params.resourceid))
      .where(containing(params.keyword, 'resource_tag.key', 'resource_tag.value'));
    const { count, rows } = await paged(context, scope, 'resource_tag', query, (found) =>
      found
        .innerJoin('account', 'account.id', 'resource_tag.account_id')
        .innerJoin('domain', 'domain.id', 'resource_tag.domain_id')
        .leftJoin('project', 'project.id', 'resource_tag.project_id')
        .select(tagColumns)
        .orderBy('resource_tag.created')
        .orderBy('resource_tag.id'),
    );
    return { count, items: rows.map(tagResponse) };
  },
} satisfies Handlers<'createTags' | 'deleteTags' | 'listTags'>;

/** In whatever letters, as in CloudStack: `Env` and `env` are one key. */
const same = (column: string, text: string | undefined): RawBuilder<boolean> =>
  text === undefined ? everything : sql<boolean>`lower(${sql.ref(column)}) = lower(${text}::text)`;

function checkTags(wanted: Tags): void {
  const keys = Map.groupBy(Object.keys(wanted), (key) => key.toLowerCase());
  const twice = [...keys.values()].find(({ length }) => length > 1);
  if (twice) refuse(`There are two tags ${twice[0]!.slice(0, 50)}: a key is the same in whatever letters it is written.`);
  for (const [key, value] of Object.entries(wanted)) {
    if (key.trim() === '' || value.trim() === '')
      refuse(`A tag has a key and a value, and one of these lacks its ${key.trim() ? 'value' : 'key'}.`);
    if (key.length > longest || value.length > longest)
      refuse(`A tag’s key and its value have at most ${longest} characters: ${key.slice(0, 50)}… has more.`);
  }
}

/** None of the things goes before the tags are there. */
async function keep({ db }: Context, entity: Entity, ids: readonly string[]): Promise<void> {
  const { table } = rowsOf[entity];
  const { rows } = await sql`select id from ${sql.table(table)}
    where id = any(${ids}::uuid[]) and removed is null order by id for share`.execute(db);
  if (rows.length < ids.length) refuse(`One of these things is gone: somebody removed it just now.`);
}

type Wanted = {
  readonly resourcetype: keyof typeof taggable;
  readonly id: string;
  readonly wanted: Tags;
  readonly customer: string | null;
};

/** A tag is whose the thing is. */
async function rowsFor({ db, owner: caller }: Context, { resourcetype, id, wanted, customer }: Wanted): Promise<Row[]> {
  const owner = (await ownerOfThing(db, taggable[resourcetype], id)) ?? caller;
  const thing = { resource_type: resourcetype, resource_id: id, customer, ...ownerColumns(owner) };
  return Object.entries(wanted).map(([key, value]) => ({ id: randomUUID(), key, value, ...thing }));
}

async function put({ db }: Context, rows: readonly Row[]): Promise<void> {
  const added = await db
    .insertInto('resource_tag')
    .values(rows)
    .onConflict((conflict) => conflict.expression(sql`resource_id, lower(key)`).doNothing())
    .returning('key')
    .execute();
  const keys = new Set(added.map(({ key }) => key));
  const there = rows.filter(({ key }) => !keys.has(key));
  if (there.length > 0)
    refuse(
      `The ${rows[0]!.resource_type} ${rows[0]!.resource_id} has already ${words(there.map(({ key }) => `a tag ${key}`))}: delete that first.`,
    );
}
