import assert from 'node:assert/strict';
import test from 'node:test';
import { bytes, dateTime, duration, inLocalTime, parseDate } from './format.ts';

test('sizes are IEC units with at most one digit after the point', () => {
  assert.deepEqual([0, 1023, 1536, 10 * 1024 ** 3, 2 ** 62].map(bytes), ['0 B', '1023 B', '1.5 KiB', '10 GiB', '4096 PiB']);
});

test('the API’s date without a colon in its zone is understood', () => {
  assert.equal(parseDate('2026-11-23T06:17:01+0000').toISOString(), '2026-11-23T06:17:01.000Z');
});

test('a moment within a text of the server’s is told in local time', () => {
  const at = '2026-11-23T06:17:01.123Z';
  assert.equal(inLocalTime(`none is looked at before ${at}. Wait.`), `none is looked at before ${dateTime(at)}. Wait.`);
});

test('what is no date is shown as it came', () => {
  assert.equal(dateTime('soon'), 'soon');
});

test('durations name their two largest units', () => {
  assert.deepEqual([-5, 900, 75_000, 3_700_000].map(duration), ['0 s', '1 s', '1 min 15 s', '1 h 1 min']);
});
