import { type AnyCommand, annotatable, commands, type EntityDeclaration, entities, typesIn } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { mayCall } from '../accounts/permissions.ts';
import { everything, nameable } from './entities.ts';
import type { Caller, Context, ListOf } from './handler.ts';

/** The kinds of thing of which others than admins read comments: what an installation consists of is the admins'. */
const ofTenants = typesIn(annotatable).filter((type) => {
  const { ownership }: EntityDeclaration = entities[annotatable[type]];
  return ownership === 'owner' || ownership === 'domain';
});

/** The comments that are there for somebody, as far as their owner does not matter: those that admins alone see are not there for others. */
export const readable = ({ role }: Caller): RawBuilder<boolean> =>
  role === 'Admin' ? everything : sql<boolean>`(not annotation.admins_only and annotation.entity_type = any(${ofTenants}))`;

type Thing = { readonly id?: string | null | undefined };

/** What a command answers, each thing in it with whether there is a comment on it that the caller may read: one query for all of them. */
export async function withAnnotations(context: Context, made: unknown): Promise<unknown> {
  const { kind, response }: AnyCommand = commands[context.command];
  if (!('hasannotations' in response.fields)) return made;
  if (kind === 'list') {
    const { count, items } = made as ListOf<Thing>;
    return { count, items: await marked(context, items) };
  }
  if (kind !== 'sync') return made;
  return Array.isArray(made) ? marked(context, made) : (await marked(context, [made as Thing]))[0];
}

async function marked(context: Context, things: readonly Thing[]): Promise<readonly Thing[]> {
  const annotated = await annotatedOf(
    context,
    things.flatMap(({ id }) => id ?? []),
  );
  return things.map((thing) => ({ ...thing, hasannotations: annotated.has(thing.id ?? '') }));
}

async function annotatedOf({ db, caller }: Context, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0 || !mayCall(caller, 'listAnnotations')) return new Set();
  const { rows } = await sql<{ entity_id: string }>`
    select distinct entity_id from annotation where removed is null and entity_id = any(${ids}::uuid[])
      and ${readable(caller)} and ${nameable('annotation', 'annotation', caller, 'listAnnotations', 'use')}`.execute(db);
  return new Set(rows.map(({ entity_id }) => entity_id));
}
