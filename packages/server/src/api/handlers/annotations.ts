import { randomUUID } from 'node:crypto';
import { annotatable, type ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { CloudError } from '../../error.ts';
import { readable } from '../annotated.ts';
import { noEntity } from '../check-entities.ts';
import { containing, having, identified } from '../conditions.ts';
import { everything } from '../entities.ts';
import { type Caller, type Context, type Handlers, ownerColumns } from '../handler.ts';
import { paged } from '../page.ts';
import { namesOf } from '../thing-names.ts';
import { ownerOfThing } from '../thing-owner.ts';
import { refuse } from './rows.ts';

type Answer = ResponseOf<'listAnnotations'>;

export const annotations = {
  async addAnnotation(context, { annotation, entitytype, entityid, adminsonly }) {
    const { caller } = context;
    if (annotation === undefined || annotation.trim() === '') refuse('The comment says nothing: write it into annotation.');
    if (entitytype === undefined || entityid === undefined)
      refuse('A comment is on a thing: name it by entitytype and entityid.');
    if (adminsonly && caller.role !== 'Admin')
      throw new CloudError('account', 'Admins alone write comments that admins alone see.');
    return one(context, await annotate(context, { type: entitytype, id: entityid }, annotation, adminsonly));
  },

  async listAnnotations(context, params) {
    const query = matching(context)
      .where(identified('annotation.id', params.id))
      .where(identified('entity_id', params.entityid))
      .where(identified('annotation.user_id', params.userid))
      .where(having({ entity_type: params.entitytype }))
      .where(params.annotationfilter === 'self' ? sql<boolean>`annotation.user_id = ${context.caller.userId}` : everything)
      .where(containing(params.keyword, 'text'));
    const { page, pagesize } = params;
    const { count, rows } = await paged(
      context,
      { page, pagesize, listall: true, projectid: '-1' },
      'annotation',
      query,
      (found) => found.select(columns).orderBy('annotation.created', 'desc').orderBy('annotation.id'),
    );
    return { count, items: await answers(context, rows) };
  },

  async updateAnnotationVisibility(context, { id, adminsonly }) {
    await one(context, id);
    await context.db.updateTable('annotation').set({ admins_only: adminsonly }).where('id', '=', id).execute();
    return one(context, id);
  },

  async removeAnnotation(context, { id }) {
    const { db, caller } = context;
    const shown = await one(context, id);
    if (caller.role === 'User' && shown.userid !== caller.userId)
      throw new CloudError('account', `${shown.username} wrote this comment: he and the admins may remove it.`);
    await db.updateTable('annotation').set({ removed: sql<Date>`now()` }).where('id', '=', id).execute();
    return shown;
  },
} satisfies Handlers<'addAnnotation' | 'listAnnotations' | 'updateAnnotationVisibility' | 'removeAnnotation'>;

type Annotated = { readonly type: keyof typeof annotatable; readonly id: string };

/** Writes a comment on a thing, whose owner owns it too; answers its id. */
export async function annotate(context: Context, thing: Annotated, text: string, adminsOnly = false): Promise<string> {
  const { db, caller } = context;
  const owner = (await ownerOfThing(db, annotatable[thing.type], thing.id)) ?? context.owner;
  const row = { text, entity_type: thing.type, entity_id: thing.id, admins_only: adminsOnly, user_id: caller.userId };
  const id = randomUUID();
  await db
    .insertInto('annotation')
    .values({ id, ...row, ...ownerColumns(owner) })
    .execute();
  return id;
}

const columns = [
  'annotation.id',
  'entity_type as entitytype',
  'entity_id as entityid',
  'text as annotation',
  'annotation.user_id as userid',
  'users.username',
  'admins_only as adminsonly',
  'annotation.created',
] as const;

const matching = ({ db, caller }: { readonly db: Context['db']; readonly caller: Caller }) =>
  db
    .selectFrom('annotation')
    .innerJoin('users', 'users.id', 'annotation.user_id')
    .where('annotation.removed', 'is', null)
    .where(readable(caller));

/** @throws {CloudError} it is not his to see. */
async function one(context: Context, id: string): Promise<Answer> {
  const row = await matching(context).select(columns).where('annotation.id', '=', id.toLowerCase()).executeTakeFirst();
  if (!row) throw noEntity(context.command, 'id', id, 'annotation');
  return (await answers(context, [row]))[0]!;
}

async function answers(context: Context, rows: readonly Answer[]): Promise<Answer[]> {
  const things = rows.flatMap(({ entitytype, entityid }) => [
    { entity: annotatable[entitytype as keyof typeof annotatable], id: entityid! },
  ]);
  const names = await namesOf(context, things);
  return rows.map((row) => ({ ...row, entityname: names.get(row.entityid!) }));
}
