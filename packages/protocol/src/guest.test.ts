import assert from 'node:assert/strict';
import { it } from 'node:test';
import { guestDocument } from './guest.ts';

const guest = {
  uuid: '0c4c1c9e-6a0e-4a52-9a38-5d8f1c5f6a01',
  name: 'i-2-3-VM',
  vcpus: 1,
  memoryKiB: 131_072,
  disks: [{ slot: 0, path: '/p/volumes/a.qcow2', format: 'qcow2' }],
  nics: [{ mac: '52:54:00:aa:bb:cc', bridge: 'virtstack0' }],
};

it('a guest needs no more than its size, its disks and its NICs', () => {
  assert.deepEqual(guestDocument.parse(guest), { ...guest, channels: [], disks: [{ ...guest.disks[0], readOnly: false }] });
});

it('what could not be a name, a path, a bridge or a MAC address is refused at the border', () => {
  const wrong = [
    { name: 'a/b' },
    { name: '' },
    { uuid: '../etc' },
    { disks: [{ ...guest.disks[0], path: 'relative' }] },
    { disks: [] },
    { nics: [{ mac: '52:54:00:AA:BB:CC', bridge: 'br0' }] },
    { nics: [{ mac: '52:54:00:aa:bb:cc', bridge: 'much-too-long-for-linux' }] },
    { memoryKiB: 1 },
    { vcpus: 0 },
    { mode: 'container' },
    { channels: [{ name: '../socket' }] },
  ];
  for (const part of wrong) assert.equal(guestDocument.safeParse({ ...guest, ...part }).success, false, JSON.stringify(part));
});
