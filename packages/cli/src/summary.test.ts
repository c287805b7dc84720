import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'summary-'));
const admin = {
  url: 'https://u',
  api: 'https://a',
  username: 'admin',
  password: 'the-password',
  apikey: 'k',
  secretkey: 'the-key',
};
writeFileSync(join(folder, 'admin.json'), JSON.stringify({ ...admin, cacertificate: '/ca.pem' }));

/** What a process prints into a file, which it is told is systemd's journal. */
async function printed(isJournal: boolean): Promise<string> {
  const file = join(folder, `out-${isJournal}`);
  const out = openSync(file, 'w');
  const { dev, ino } = fstatSync(out, { bigint: true });
  const program = `import { summary } from ${JSON.stringify(join(import.meta.dirname, 'summary.ts'))};
    summary({ admin: ${JSON.stringify(join(folder, 'admin.json'))}, options: '/nowhere' }, 'last');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', out, 'inherit'],
    // A shell inherits the variable from whatever started it: its output need not go there.
    env: { ...process.env, JOURNAL_STREAM: isJournal ? `${dev}:${ino}` : `${dev}:1` },
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
  return readFileSync(file, 'utf8');
}

test('whoever starts the cloud is told how to log in', async () => {
  const text = await printed(false);
  for (const word of Object.values(admin)) assert.ok(text.includes(word), word);
});

test('the journal, which others than root read, keeps neither the password nor the secret key', async () => {
  const text = await printed(true);
  assert.ok(text.includes('admin.json') && text.includes(admin.url));
  for (const secret of [admin.password, admin.secretkey]) assert.ok(!text.includes(secret));
});
