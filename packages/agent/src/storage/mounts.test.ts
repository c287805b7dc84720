import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountIn, mountOptions } from './mounts.ts';

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:50 / /var/lib/virtstack/mnt/a rw,nosuid shared:20 master:3 - nfs4 10.0.0.1:/srv/nfs rw,vers=4.2
41 22 0:51 / /mnt/with\\040space rw - nfs4 filer:/a\\040b rw
42 40 0:52 / /var/lib/virtstack/mnt/a rw - nfs4 [fd00::1]:/other rw
`;

test('what is mounted at a place is what was mounted there last', () => {
  assert.equal(mountIn(mountinfo, '/'), '/dev/sda1');
  assert.equal(mountIn(mountinfo, '/var/lib/virtstack/mnt/a'), '[fd00::1]:/other');
  assert.equal(mountIn(mountinfo, '/mnt/with space'), 'filer:/a b');
  assert.equal(mountIn(mountinfo, '/var/lib/virtstack/mnt'), undefined);
});

test('an export is mounted hard and with locks, unless the admin says another version', () => {
  assert.equal(mountOptions([]), 'vers=4.2,proto=tcp,hard,lookupcache=positive,nosuid,nodev,noexec,retry=0');
  const options = mountOptions(['vers=4.1', 'nconnect=4']).split(',');
  assert.ok(options.includes('vers=4.1') && options.includes('nconnect=4') && options.includes('hard'));
  assert.ok(!options.includes('vers=4.2'));
});
