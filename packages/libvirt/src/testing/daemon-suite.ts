import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Connection, connect } from '../connection.ts';
import { VIR_DOMAIN_RUNNING, VIR_DOMAIN_SHUTOFF } from '../constants/domain.ts';
import { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STOPPED } from '../constants/domain-event.ts';
import { VIR_ERR_NO_DOMAIN, VIR_ERR_OPERATION_INVALID } from '../constants/errors.ts';
import { hasCode, isInvalidState, isNotFound, LibvirtError } from '../error.ts';
import { procedures } from '../procedures.ts';

const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const nobody = '00000000-0000-4000-8000-000000000001';

/** What any daemon must do that serves test:///default; the real one and the fake are held to the same. `socket` is asked for at each test. */
export const daemonSuite = (socket: () => string): void => {
  const test = (name: string, body: (connection: Connection) => Promise<void>) =>
    it(name, async () => {
      await using connection = await connect({ uri: 'test:///default', socket: socket() });
      await body(connection);
    });

  test('lists the domains of the host', async ({ domains }) => {
    const list = await domains.list();
    assert.deepEqual(
      list.map((domain) => [domain.name, domain.uuid]),
      [['test', uuid]],
    );
  });

  test('finds a domain by UUID, by name and by id', async ({ domains }) => {
    const byName = await domains.byName('test');
    assert.equal(byName.uuid, uuid);
    assert.equal((await domains.lookup(uuid)).name, 'test');
    assert.equal((await domains.byId(byName.id)).uuid, uuid);
  });

  test('says of a domain that is not there that it was not found', async ({ domains }) => {
    for (const search of [domains.lookup(nobody), domains.byName('nobody'), domains.handle(nobody).xml()]) {
      const error = await search.then(
        () => assert.fail('it was found'),
        (error) => error,
      );
      assert.ok(isNotFound(error), String(error));
      assert.equal(error.code, VIR_ERR_NO_DOMAIN);
      assert.equal(error.codeName, 'VIR_ERR_NO_DOMAIN');
      assert.equal(error.origin, 'server');
    }
  });

  test('describes a domain known by its UUID alone', async ({ domains }) => {
    assert.match(await domains.handle(uuid).xml(), /<name>test<\/name>/);
  });

  test('tells of a stop and of a start, in their order', async ({ domains }) => {
    const events = domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    await events.ready;
    const domain = domains.handle(uuid);
    await domain.destroy();
    assert.equal((await domain.state()).state, VIR_DOMAIN_SHUTOFF);
    await domain.start();
    assert.equal((await domain.state()).state, VIR_DOMAIN_RUNNING);
    const seen = [(await events.next()).value, (await events.next()).value];
    assert.deepEqual(
      seen.map((event) => [event?.dom.uuid, event?.event]),
      [
        [uuid, VIR_DOMAIN_EVENT_STOPPED],
        [uuid, VIR_DOMAIN_EVENT_STARTED],
      ],
    );
  });

  test('gives each of two subscriptions every event once', async ({ domains }) => {
    const subscriptions = [domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE), domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE)];
    await Promise.all(subscriptions.map(({ ready }) => ready));
    const domain = domains.handle(uuid);
    await domain.destroy();
    await domain.start();
    for (const subscription of subscriptions) {
      assert.equal((await subscription.next()).value?.event, VIR_DOMAIN_EVENT_STOPPED);
      assert.equal((await subscription.next()).value?.event, VIR_DOMAIN_EVENT_STARTED);
    }
  });

  test('hears nothing more once its loop is left', async ({ domains }) => {
    const events = domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    const others = domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    await Promise.all([events.ready, others.ready]);
    const domain = domains.handle(uuid);
    await domain.destroy();
    for await (const event of events) {
      assert.equal(event.event, VIR_DOMAIN_EVENT_STOPPED);
      break;
    }
    await domain.start();
    assert.equal((await others.next()).value?.event, VIR_DOMAIN_EVENT_STOPPED);
    assert.equal((await others.next()).value?.event, VIR_DOMAIN_EVENT_STARTED);
    assert.deepEqual(await events.next(), { done: true, value: undefined });
  });

  test('ends a loop over events quietly when its signal fires or the connection is closed here', async (connection) => {
    const abort = new AbortController();
    const aborted = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE, { signal: abort.signal });
    const closed = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
    await Promise.all([aborted.ready, closed.ready]);
    const first = aborted.next();
    abort.abort();
    assert.deepEqual(await first, { done: true, value: undefined });
    await connection.close();
    assert.deepEqual(await closed.next(), { done: true, value: undefined });
    assert.equal(await connection.closed, undefined);
  });

  test('refuses to stop what does not run', async ({ domains }) => {
    const domain = domains.handle(uuid);
    await domain.destroy();
    const error = await domain.destroy().then(
      () => assert.fail('it was stopped twice'),
      (error) => error,
    );
    await domain.start();
    assert.ok(isInvalidState(error), String(error));
    assert.ok(hasCode(error, VIR_ERR_OPERATION_INVALID));
  });

  test('hears events again after all loops were left', async ({ domains }) => {
    const domain = domains.handle(uuid);
    for (let round = 0; round < 3; round += 1) {
      const events = domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
      await events.ready;
      await domain.destroy();
      await domain.start();
      assert.equal((await events.next()).value?.event, VIR_DOMAIN_EVENT_STOPPED);
      await events.return?.();
    }
  });

  test('answers many more calls at once than may be in flight', async ({ domains }) => {
    const names = await Promise.all(Array.from({ length: 40 }, () => domains.lookup(uuid).then(({ name }) => name)));
    assert.deepEqual(new Set(names), new Set(['test']));
    const documents = await Promise.all(Array.from({ length: 40 }, () => domains.handle(uuid).xml()));
    assert.equal(documents.length, 40);
  });

  test('answers a procedure that it does not know with an error, and goes on', async (connection) => {
    const unknown = { ...procedures.CONNECT_GET_TYPE, number: 9999 };
    await assert.rejects(
      connection.call(unknown, undefined),
      (error) => error instanceof LibvirtError && error.origin === 'server',
    );
    assert.equal((await connection.domains.list()).length, 1);
  });

  test('rejects every call after it was closed', async (connection) => {
    await connection.close();
    await assert.rejects(connection.domains.list(), (error) => error instanceof LibvirtError && error.origin === 'closed');
  });
};
