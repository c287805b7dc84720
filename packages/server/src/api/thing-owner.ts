import { type Entity, type EntityDeclaration, entities, entityNamed, type Ownership } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { rowsOf } from './entities.ts';
import type { Owner } from './handler.ts';

/** Whose a thing is; of a thing that nobody owns (a zone, a host, a domain), nothing. What was removed has still been somebody's. */
export async function ownerOfThing(db: Database, entity: Entity, id: string): Promise<Owner | undefined> {
  const columns = ownerColumnsOf(entity);
  if (!columns) return undefined;
  const { rows } = await sql<Owner>`
    select o.account_id as "accountId", coalesce(o.domain_id, a.domain_id) as "domainId", o.project_id as "projectId"
    from (select ${columns} from ${sql.table(rowsOf[entity].table)} t where t.id = ${id}) o
    join account a on a.id = o.account_id`.execute(db);
  return rows[0];
}

/** The project that a thing, named as events and jobs name it, belongs to or is. */
export async function projectOf(
  db: Database,
  thing: { readonly type: string; readonly id: string } | undefined,
): Promise<string | null> {
  const entity = thing && entityNamed(thing.type);
  return (entity && (await ownerOfThing(db, entity, thing.id)))?.projectId ?? null;
}

function ownerColumnsOf(entity: Entity): RawBuilder<unknown> | undefined {
  const { ownership }: EntityDeclaration = entities[entity];
  const userId = entity === 'apikey' ? sql`t.user_id` : sql`t.id`;
  const ofProject = sql`(select p.account_id from project p where p.id = t.project_id) as account_id, null::uuid as domain_id, t.project_id`;
  const columns: Readonly<Partial<Record<Ownership, RawBuilder<unknown>>>> = {
    owner: sql`t.account_id, t.domain_id, t.project_id`,
    account: sql`t.id as account_id, t.domain_id, null::uuid as project_id`,
    user: sql`(select u.account_id from users u where u.id = ${userId}) as account_id, null::uuid as domain_id, null::uuid as project_id`,
    project: sql`t.account_id, t.domain_id, t.id as project_id`,
    membership: ofProject,
    invitation: ofProject,
  };
  return columns[ownership];
}
