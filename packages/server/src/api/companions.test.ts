import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotatable, type Entity, taggable } from '@virtstack/contract';
import { sql } from 'kysely';
import { withDatabase } from '../db/testing.ts';
import { rowsOf } from './entities.ts';

const bearers = [...new Set<Entity>([...Object.values(taggable), ...Object.values(annotatable)])];

test('tags and comments go with every kind of thing that bears them', async () => {
  const { db } = await withDatabase();
  const { rows } = await sql<{ table: string; trigger: string }>`
    select tgrelid::regclass::text as table, tgname as trigger from pg_trigger where tgname like 'companions_%'`.execute(db);
  const has = (table: string, trigger: string) => rows.some((row) => row.table === table && row.trigger === trigger);
  for (const entity of bearers) {
    const { table, unmarked } = rowsOf[entity];
    assert.ok(has(table, 'companions_go'), `deleting a ${entity} leaves its tags and comments: db/migrations/0005-companions.ts`);
    if (!unmarked) assert.ok(has(table, 'companions_end'), `removing a ${entity} leaves its tags and comments`);
  }
});
