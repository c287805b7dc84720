import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createWorld, type World } from '../../../test/world.ts';
import { type Connection, connect } from './connection.ts';
import { VIR_DOMAIN_EVENT_ID_LIFECYCLE } from './constants/domain-event.ts';
import { VIR_ERR_RPC } from './constants/errors.ts';
import { hasCode, isClosed, LibvirtError } from './error.ts';
import type { Named, Procedure } from './procedure.ts';
import { procedures } from './procedures.ts';
import { daemonSuite } from './testing/daemon-suite.ts';
import { type Codec, XdrReader } from './xdr.ts';

let world: World;
const socket = () => world.path('/run/libvirt/libvirt-sock');
const open = (uri = 'test:///default'): Promise<Connection> => connect({ uri, socket: socket() });
before(async () => {
  world = await createWorld({ libvirtd: true });
});
after(() => world.dispose());

describe("libvirt's test driver behind libvirtd", () => {
  daemonSuite(socket);
});

/** Calls that would end the conversation, that belong to its opening, or that open a stream which nobody then would close. */
const leftOut =
  /^(CONNECT_OPEN|CONNECT_CLOSE|AUTH_.*|.*_(OPEN_CONSOLE|OPEN_CHANNEL|SCREENSHOT|UPLOAD|DOWNLOAD|PREPARE_TUNNEL3_PARAMS))$/;
/** Younger than the libvirt 9.0 of these tests. */
const younger = ['DOMAIN_GRAPHICS_RELOAD'];
const calls = Object.values(procedures).filter((entry): entry is Named<Procedure> & typeof entry => entry.kind === 'call');

/** What a codec reads from zeros: 0, '', [], null. */
const zero = <T>(codec: Codec<T>): T => codec.read(new XdrReader(Buffer.alloc(65_536)));

describe('the table of procedures', () => {
  it('gives every number once', () => {
    const numbers = Object.values(procedures).map(({ program, number }) => `${program}:${number}`);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(calls.length > 200, `${calls.length}`);
  });

  it('has arguments that libvirtd can read and results that we can, for every call', async () => {
    await using connection = await open();
    const unknown: string[] = [];
    for (const procedure of calls.filter(({ name }) => !leftOut.test(name))) {
      const error = await connection
        .call<unknown, unknown>(procedure as Named<Procedure>, zero(procedure.args as Codec<unknown>))
        .then(
          () => undefined,
          (error) => error,
        );
      assert.ok(!(error instanceof LibvirtError && error.origin !== 'server'), `${procedure.name}: ${error}`);
      if (!hasCode(error, VIR_ERR_RPC)) continue;
      assert.match(error.message, /unknown procedure|file descriptor|FD/i, procedure.name);
      if (/unknown procedure/.test(error.message)) unknown.push(procedure.name);
    }
    assert.deepEqual(unknown, younger);
  });
});

describe('a connection to libvirtd', () => {
  it('says who it talks to', async () => {
    await using connection = await open();
    assert.equal(await connection.node.type(), 'TEST');
    assert.match(await connection.node.libVersion(), /^\d+\.\d+\.\d+$/);
    assert.equal(await connection.node.uri(), 'test:///default');
    const info = await connection.node.info();
    assert.equal(info.model, 'i686');
    assert.equal(info.cpus, 16);
    assert.match(await connection.node.capabilities(), /^<capabilities>/);
  });

  it('gives statistics of all domains by their names', async () => {
    await using connection = await open();
    const [first] = await connection.domains.stats(0);
    assert.equal(first?.domain.name, 'test');
    assert.equal(first?.stats['state.state'], 1);
  });

  it('may look but not touch when it was opened to read', async () => {
    await using connection = await connect({
      uri: 'test:///default',
      socket: world.path('/run/libvirt/libvirt-sock-ro'),
      readOnly: true,
    });
    const domain = await connection.domains.byName('test');
    await assert.rejects(domain.destroy(), /read.only|forbidden/i);
  });

  it('names the socket and the cause when nothing is there', async () => {
    const missing = world.path('/run/libvirt/nothing-sock');
    await assert.rejects(
      connect({ uri: 'test:///default', socket: missing }),
      (error) => isClosed(error) && error.message.includes(missing),
    );
  });

  it('passes on the refusal of a driver that does not exist', async () => {
    await assert.rejects(open('nonsense:///system'), (error) => error instanceof LibvirtError && error.origin === 'server');
  });

  it('ends what is in flight, and the loops over events, when the daemon is killed', async () => {
    await using other = await createWorld({ libvirtd: true });
    const connection = await connect({ uri: 'test:///default', socket: other.path('/run/libvirt/libvirt-sock') });
    const events = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    await events.ready;
    const lost = assert.rejects(events.next(), isClosed);
    await other.run(['sh', '-c', 'kill -9 $(cat /run/libvirtd.pid)']);
    await lost;
    assert.ok(isClosed(await connection.closed));
    await assert.rejects(connection.domains.list(), isClosed);
  });
});
