import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveAddress } from './address.ts';
import { LibvirtError } from './error.ts';

describe('the address of a daemon', () => {
  it("is libvirtd's socket where no daemon of the driver's own listens", () => {
    assert.deepEqual(resolveAddress({ uri: 'test:///default' }), {
      name: 'test:///default',
      socket: '/run/libvirt/libvirt-sock',
    });
    assert.equal(resolveAddress({ uri: 'test:///default', readOnly: true }).socket, '/run/libvirt/libvirt-sock-ro');
  });

  it('is the socket that is given, by option or in the URI, which then does not reach the daemon', () => {
    assert.equal(resolveAddress({ uri: 'qemu:///system', socket: '/tmp/a' }).socket, '/tmp/a');
    const address = resolveAddress({ uri: 'xen+unix:///system?socket=/tmp/b&other=1' });
    assert.deepEqual(address, { name: 'xen:///system?other=1', socket: '/tmp/b' });
  });

  it('keeps the path of a test host', () => {
    assert.equal(resolveAddress({ uri: 'test:///etc/hosts.xml' }).name, 'test:///etc/hosts.xml');
  });

  it('is refused when it is no URI, or one that cannot be reached yet', () => {
    for (const uri of ['nonsense', 'qemu+tls://host/system', 'qemu+ssh://root@host/system', 'qemu://host/system'])
      assert.throws(() => resolveAddress({ uri }), LibvirtError, uri);
  });
});
