import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshTotpSecret, stepOfCode, totpCode, totpStep } from './totp.ts';

/** RFC 6238, appendix B: the text 12345678901234567890 in base 32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test('codes are those of RFC 6238', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(totpCode(secret, totpStep(seconds * 1000)), code);
});

test('a code is good one step early and one late, and no more', () => {
  const at = 1_234_567_890_000;
  const step = totpStep(at);
  for (const near of [step - 1, step, step + 1]) assert.equal(stepOfCode(secret, totpCode(secret, near), at), near);
  for (const far of [step - 2, step + 2]) assert.equal(stepOfCode(secret, totpCode(secret, far), at), undefined);
  for (const none of ['', '12345', '1234567', 'abcdef', '00592４', ' 05924'])
    assert.equal(stepOfCode(secret, none, at), undefined, none);
});

test('secrets are 160 random bits that devices read', () => {
  const secrets = Array.from({ length: 100 }, freshTotpSecret);
  assert.equal(new Set(secrets).size, 100);
  assert.equal(new Set(secrets.join('')).size, 32);
  for (const one of secrets) assert.match(one, /^[A-Z2-7]{32}$/);
});
