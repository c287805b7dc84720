import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { withServer } from '../../http/testing.ts';
import { admin } from './testing.ts';

test('there are no public addresses and no rules of them, whoever’s are asked for; what does not exist is told as elsewhere', async () => {
  const { list, refusal } = admin(await withServer());
  const none = { count: 0, items: [] };
  assert.deepEqual(await list('listPublicIpAddresses', { listall: true }), none);
  assert.deepEqual(await list('listPortForwardingRules', { projectid: '-1' }), none);
  assert.deepEqual(await list('listIpForwardingRules'), none);
  const { code, text } = await refusal('listPublicIpAddresses', { networkid: randomUUID() });
  assert.deepEqual([code, /entity does not exist/.test(text)], [431, true]);
});
