import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { seed } from '../db/seed.ts';
import { withDatabase } from '../db/testing.ts';
import { checkPassword } from './password-policy.ts';
import { openSettings } from './settings.ts';
import { makeDomain } from './testing.ts';

const { db } = await withDatabase();
await seed(db);
const strict = await makeDomain(db, 'strict');
const below = await makeDomain(db, 'below', '/strict/');
const set = async (values: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, value] of Object.entries(values))
    await db
      .insertInto('setting')
      .values({ name: `password.policy.${name}`, scope: 'domain', scope_id: strict, value })
      .execute();
};
const check = (password: string, domainId = below) => checkPassword(openSettings(db), { password, username: 'Carol', domainId });

test('a password is judged by the policy of its domain, or of the next one above, and told all that it lacks', async () => {
  await set({
    'minimum.length': '10',
    'minimum.special.characters': '1',
    'minimum.digits': '2',
    'minimum.uppercase.letters': '1',
    'minimum.lowercase.letters': '3',
    allowPasswordContainingUsername: 'false',
    regex: '[A-Za-zÄ0-9!]+',
  });
  await check('Äpfel1234!');
  await assert.rejects(check('carol'), ({ kind, message }: { kind: string; message: string }) => {
    assert.equal(kind, 'parameter');
    for (const words of [
      /at least 10 characters, and this one has 5/,
      /at least 1 characters that are neither/,
      /at least 2 digits, and this one has 0/,
      /capital letters/,
      /name of its user/,
    ])
      assert.match(message, words);
    assert.doesNotMatch(message, /small letters|it matches/);
    return true;
  });
  await assert.rejects(check('Äpfel 1234!'), /it matches \[A-Za-z/);
});

test('where nothing is set a password has eight characters, whichever they are', async () => {
  const elsewhere = await makeDomain(db, `d${randomUUID().slice(0, 4)}`);
  await check('ηθικη δύο 🔑', elsewhere);
  await check('carolcarol', elsewhere);
  await assert.rejects(check('🔑🔑🔑🔑🔑🔑🔑', elsewhere), /at least 8 characters, and this one has 7/);
});

test('a pattern that would take for ever refuses instead', async () => {
  await db.deleteFrom('setting').execute();
  await set({ regex: '(a+)+b' });
  await assert.rejects(check('a'.repeat(60)), /it matches \(a\+\)\+b/);
});
