import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { type Connection, type ConnectOptions, connect } from './connection.ts';
import { VIR_DOMAIN_EVENT_ID_LIFECYCLE } from './constants/domain-event.ts';
import { VIR_ERR_NO_DOMAIN, VIR_ERR_OPERATION_ABORTED, VIR_ERR_OPERATION_TIMEOUT, VIR_ERR_RPC } from './constants/errors.ts';
import { type ErrorOrigin, isClosed, isTimeout, LibvirtError } from './error.ts';
import { CALL, head, type Message, OK, REPLY } from './message.ts';
import { KEEPALIVE_PROGRAM, REMOTE_PROGRAM } from './procedure.ts';
import { procedures } from './procedures.ts';
import { type FakeClient, fakeLibvirtd, type Handlers, Refusal } from './testing/fake-libvirtd.ts';

const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const dom = { name: 'test', uuid, id: 1 };

type Body = (parts: { connection: Connection; client: FakeClient }) => Promise<void>;
type Options = Partial<ConnectOptions> & { readonly mute?: boolean };

/** Runs a test against a daemon that answers so. */
const withFake = async (handlers: Handlers, body: Body, { mute = false, ...options }: Options = {}): Promise<void> => {
  await using fake = await fakeLibvirtd(handlers, { mute });
  await using connection = await connect({ uri: 'test:///default', socket: fake.socket, timeoutMs: 5000, ...options });
  await body({ connection, client: fake.clients[0]! });
};

const failure = (promise: Promise<unknown>): Promise<LibvirtError> =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error) => {
      assert.ok(error instanceof LibvirtError, String(error));
      return error;
    },
  );
const assertOrigin = async (promise: Promise<unknown>, origin: ErrorOrigin, code: number): Promise<void> => {
  const error = await failure(promise);
  assert.deepEqual([error.origin, error.code], [origin, code], error.message);
};

/** Calls that wait for the test to answer them. */
const held = <T>() => {
  const waiting: PromiseWithResolvers<T>[] = [];
  let arrived: (() => void) | undefined;
  return {
    waiting,
    hold: (): Promise<T> => {
      const each = Promise.withResolvers<T>();
      waiting.push(each);
      arrived?.();
      return each.promise;
    },
    /** Resolves once so many have come in all. */
    async until(count: number): Promise<void> {
      while (waiting.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
    },
  };
};
const never = () => new Promise<never>(() => undefined);
const callsTo = (client: FakeClient, number: number): Message[] =>
  client.heard.filter((message) => message.type === CALL && message.program === REMOTE_PROGRAM && message.procedure === number);

describe('a session', () => {
  it('gives each call its own reply when replies come out of order', () => {
    const replies = held<{ dom: typeof dom }>();
    return withFake({ DOMAIN_LOOKUP_BY_NAME: replies.hold }, async ({ connection }) => {
      const names = ['a', 'b', 'c'];
      const calls = names.map((name) => connection.domains.byName(name));
      await replies.until(3);
      for (const index of [2, 0, 1]) replies.waiting[index]!.resolve({ dom: { ...dom, name: names[index]! } });
      assert.deepEqual(
        (await Promise.all(calls)).map(({ name }) => name),
        names,
      );
    });
  });

  it('never has more than five calls in flight, four of them such as may hang on a guest', () => {
    const slow = held<{ xml: string }>();
    const quick = held<{ state: number; reason: number }>();
    const handlers = { DOMAIN_GET_XML_DESC: slow.hold, DOMAIN_GET_STATE: quick.hold };
    return withFake(handlers, async ({ connection }) => {
      const domain = connection.domains.handle(uuid);
      const documents = Array.from({ length: 6 }, () => domain.xml());
      const states = Array.from({ length: 3 }, () => domain.state());
      await Promise.all([slow.until(4), quick.until(1)]);
      for (let answered = 0; answered < 3; answered += 1) {
        await quick.until(answered + 1);
        assert.deepEqual([slow.waiting.length, quick.waiting.length], [4, answered + 1]);
        quick.waiting[answered]!.resolve({ state: 1, reason: 0 });
        await states[answered];
      }
      slow.waiting[0]!.resolve({ xml: '<a/>' });
      await slow.until(5);
      slow.waiting[1]!.resolve({ xml: '<a/>' });
      await slow.until(6);
      for (const { resolve } of slow.waiting) resolve({ xml: '<a/>' });
      assert.equal((await Promise.all(documents)).length, 6);
    });
  });

  it('gives a call up when its time is over, and drops the reply that comes later', () => {
    const replies = held<{ xml: string }>();
    return withFake({ DOMAIN_GET_XML_DESC: replies.hold }, async ({ connection }) => {
      const domain = connection.domains.handle(uuid);
      const late = failure(domain.xml(0, { timeoutMs: 20 }));
      const error = await late;
      assert.ok(isTimeout(error));
      assert.deepEqual([error.code, error.procedure], [VIR_ERR_OPERATION_TIMEOUT, 'DOMAIN_GET_XML_DESC']);
      const next = domain.xml();
      await replies.until(2);
      replies.waiting[0]!.resolve({ xml: '<late/>' });
      replies.waiting[1]!.resolve({ xml: '<next/>' });
      assert.equal(await next, '<next/>');
    });
  });

  it('keeps the slot of a call that was given up until its reply has come', () => {
    const replies = held<{ xml: string }>();
    return withFake({ DOMAIN_GET_XML_DESC: replies.hold }, async ({ connection, client }) => {
      const domain = connection.domains.handle(uuid);
      await Promise.all(Array.from({ length: 4 }, () => failure(domain.xml(0, { timeoutMs: 20 }))));
      const queued = await failure(domain.xml(0, { timeoutMs: 20 }));
      assert.equal(queued.origin, 'timeout');
      assert.equal(callsTo(client, 14).length, 4);
      const next = domain.xml();
      replies.waiting[0]!.resolve({ xml: '<late/>' });
      await replies.until(5);
      replies.waiting[4]!.resolve({ xml: '<next/>' });
      assert.equal(await next, '<next/>');
    });
  });

  it('waits without end for a call that may rightly be long', () => {
    const saving = held<undefined>();
    const handlers = { DOMAIN_MANAGED_SAVE: saving.hold, DOMAIN_GET_STATE: never };
    return withFake(
      handlers,
      async ({ connection }) => {
        const domain = connection.domains.handle(uuid);
        const saved = domain.managedSave();
        await assertOrigin(domain.state(), 'timeout', VIR_ERR_OPERATION_TIMEOUT);
        saving.waiting[0]!.resolve(undefined);
        await saved;
      },
      { timeoutMs: 50 },
    );
  });

  it('gives a call up at a signal: in flight, queued, and before it was made', () =>
    withFake({ DOMAIN_GET_XML_DESC: never }, async ({ connection, client }) => {
      const domain = connection.domains.handle(uuid);
      const abort = new AbortController();
      const reason = new Error('enough');
      const calls = Array.from({ length: 5 }, () => failure(domain.xml(0, { signal: abort.signal })));
      abort.abort(reason);
      for (const error of await Promise.all(calls)) {
        assert.deepEqual([error.origin, error.code, error.cause], ['aborted', VIR_ERR_OPERATION_ABORTED, reason]);
      }
      await assertOrigin(domain.xml(0, { signal: abort.signal }), 'aborted', VIR_ERR_OPERATION_ABORTED);
      await connection.close();
      assert.equal(callsTo(client, 14).length, 4);
    }));

  it('gives the whole of an error that the daemon sends', () => {
    const strings = { str1: 'Domain not found: %s', str2: 'no domain with matching name', str3: null };
    const error = { code: VIR_ERR_NO_DOMAIN, domain: 10, message: 'Domain not found', level: 2, ...strings };
    const refuse = () => {
      throw new Refusal(error);
    };
    return withFake({ DOMAIN_LOOKUP_BY_NAME: refuse }, async ({ connection }) => {
      const { code, codeName, domain, level, message, origin, procedure, strings } = await failure(
        connection.domains.byName('x'),
      );
      assert.deepEqual([code, domain, level, message, origin], [VIR_ERR_NO_DOMAIN, 10, 2, 'Domain not found', 'server']);
      assert.deepEqual([codeName, procedure], ['VIR_ERR_NO_DOMAIN', 'DOMAIN_LOOKUP_BY_NAME']);
      assert.deepEqual(strings, ['Domain not found: %s', 'no domain with matching name']);
    });
  });

  it('refuses arguments that cannot be sent, and goes on', () =>
    withFake({ DOMAIN_GET_XML_DESC: () => ({ xml: '<a/>' }) }, async ({ connection }) => {
      await assertOrigin(connection.domains.byName('a\0b'), 'protocol', VIR_ERR_RPC);
      await assertOrigin(connection.domains.lookup('no uuid'), 'protocol', VIR_ERR_RPC);
      assert.equal(await connection.domains.handle(uuid).xml(), '<a/>');
    }));
});

/** Sends bytes instead of a reply to DOMAIN_GET_STATE. */
const answering =
  (bytes: (call: Message) => Buffer): NonNullable<Handlers['DOMAIN_GET_STATE']> =>
  (_, client) => {
    client.raw(bytes(client.heard.at(-1)!));
    return never();
  };
const lengthOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(length);
  return bytes;
};
const reply = (header: Partial<Message> & { serial: number }, payload = Buffer.alloc(8)): Buffer => {
  const whole = { program: REMOTE_PROGRAM, procedure: 212, type: REPLY, status: OK, ...header };
  return Buffer.concat([head(whole, payload.length), payload]);
};

describe('a session with a daemon that misbehaves', () => {
  const breaks: Record<string, (call: Message) => Buffer> = {
    'a length that is too short to be one': () => lengthOf(5),
    'a length of 40 MB': () => lengthOf(41_943_040),
    'a length of all ones': () => lengthOf(0xffffffff),
    'a reply to a call that was never made': ({ serial }) => reply({ serial: serial + 1000 }),
    'a reply that names another procedure': ({ serial }) => reply({ serial, procedure: 16 }),
    'a message of a type that there is not': ({ serial }) => reply({ serial, type: 9 }),
  };
  for (const [what, bytes] of Object.entries(breaks)) {
    it(`ends at ${what}, and rejects all that waits`, () =>
      withFake({ DOMAIN_GET_STATE: answering(bytes), DOMAIN_GET_XML_DESC: never }, async ({ connection }) => {
        const domain = connection.domains.handle(uuid);
        const events = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
        const others = [domain.xml(), domain.xml(), events.next()].map(failure);
        await assertOrigin(domain.state(), 'protocol', VIR_ERR_RPC);
        for (const error of await Promise.all(others))
          assert.ok(error.origin === 'protocol' || error.origin === 'server', error.message);
        assert.equal((await connection.closed)?.origin, 'protocol');
      }));
  }

  it('rejects a reply that does not fit its declaration, and goes on', () => {
    const handlers = {
      DOMAIN_GET_STATE: answering(({ serial }) => reply({ serial }, Buffer.alloc(12))),
      DOMAIN_GET_XML_DESC: () => ({ xml: '<a/>' }),
    };
    return withFake(handlers, async ({ connection }) => {
      const domain = connection.domains.handle(uuid);
      await assertOrigin(domain.state(), 'protocol', VIR_ERR_RPC);
      assert.equal(await domain.xml(), '<a/>');
    });
  });

  it('times out on half a message, and reads it when the rest comes', () => {
    let rest = Buffer.alloc(0);
    const half = answering(({ serial }) => {
      const bytes = reply({ serial });
      rest = Buffer.from(bytes.subarray(10));
      return bytes.subarray(0, 10);
    });
    return withFake({ DOMAIN_GET_STATE: half, DOMAIN_GET_XML_DESC: () => ({ xml: '<a/>' }) }, async ({ connection, client }) => {
      const domain = connection.domains.handle(uuid);
      assert.ok(isTimeout(await failure(domain.state({ timeoutMs: 30 }))));
      client.raw(rest);
      assert.equal(await domain.xml(), '<a/>');
    });
  });

  it('rejects what is in flight when the daemon hangs up, saying so', () => {
    const hangUp: Handlers['DOMAIN_GET_STATE'] = (_, client) => {
      client.destroy();
      return never();
    };
    return withFake({ DOMAIN_GET_STATE: hangUp }, async ({ connection }) => {
      assert.ok(isClosed(await failure(connection.domains.handle(uuid).state())));
      assert.ok(isClosed((await connection.closed)!));
    });
  });

  it('ends when the daemon gives no sign of life', () =>
    withFake(
      { DOMAIN_GET_STATE: never },
      async ({ connection, client }) => {
        const error = await failure(connection.domains.handle(uuid).state());
        assert.ok(isClosed(error));
        assert.match(error.message, /no sign of life for 0\.06 s/);
        assert.equal(client.heard.filter(({ program }) => program === KEEPALIVE_PROGRAM).length, 2);
      },
      { mute: true, keepalive: { intervalMs: 20, count: 2 } },
    ));

  it('stays while the daemon answers its questions, however long a call takes', () => {
    const states = held<{ state: number; reason: number }>();
    return withFake(
      { DOMAIN_GET_STATE: states.hold },
      async ({ connection, client }) => {
        const state = connection.domains.handle(uuid).state();
        const asked = () => client.heard.filter(({ program }) => program === KEEPALIVE_PROGRAM).length;
        while (asked() < 6) await new Promise((resolve) => setImmediate(resolve));
        states.waiting[0]!.resolve({ state: 5, reason: 0 });
        assert.equal((await state).state, 5);
      },
      { keepalive: { intervalMs: 10, count: 2 } },
    );
  });

  it("answers the daemon's own question", () =>
    withFake({ DOMAIN_GET_STATE: () => ({ state: 1, reason: 0 }) }, async ({ connection, client }) => {
      client.ping();
      await connection.domains.handle(uuid).state();
      const pongs = client.heard.filter(({ program, procedure }) => program === KEEPALIVE_PROGRAM && procedure === 2);
      assert.equal(pongs.length, 1);
    }));

  it('says that events were lost when more come than are taken', () => {
    const flood: Handlers = {
      CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: () => ({ callbackID: 7 }),
      CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: () => undefined,
      DOMAIN_GET_STATE: (_, client) => {
        for (let event = 0; event < 5000; event += 1)
          client.event(procedures.DOMAIN_EVENT_CALLBACK_LIFECYCLE, { callbackID: 7, msg: { dom, event: 2, detail: 0 } });
        return { state: 1, reason: 0 };
      },
    };
    return withFake(flood, async ({ connection }) => {
      const events = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
      await events.ready;
      await connection.domains.handle(uuid).state();
      assert.equal((await failure(events.next())).origin, 'overflow');
      assert.deepEqual(await events.next(), { done: true, value: undefined });
    });
  });

  it('hears an event that stands right behind the reply to its registration', () => {
    const eager: Handlers['CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY'] = (_, client) => {
      client.event(procedures.DOMAIN_EVENT_CALLBACK_LIFECYCLE, { callbackID: 3, msg: { dom, event: 2, detail: 0 } });
      return { callbackID: 3 };
    };
    return withFake({ CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: eager }, async ({ connection }) => {
      const events = connection.domains.events(VIR_DOMAIN_EVENT_ID_LIFECYCLE);
      assert.equal((await events.next()).value?.event, 2);
    });
  });

  it('gives the opening up when the daemon does not answer', async () => {
    await using fake = await fakeLibvirtd({ CONNECT_OPEN: never });
    const error = await failure(connect({ uri: 'test:///default', socket: fake.socket, timeoutMs: 30 }));
    assert.equal(error.origin, 'timeout');
    const abort = new AbortController();
    const opening = failure(connect({ uri: 'test:///default', socket: fake.socket, signal: abort.signal }));
    abort.abort();
    assert.equal((await opening).origin, 'aborted');
  });

  it('is let in by polkit, and says so when it is not', async () => {
    await using fake = await fakeLibvirtd({ AUTH_LIST: () => ({ types: [2] }), AUTH_POLKIT: () => ({ complete: 1 }) });
    await using connection = await connect({ uri: 'test:///default', socket: fake.socket });
    assert.ok(connection);
    await using sasl = await fakeLibvirtd({ AUTH_LIST: () => ({ types: [1] }) });
    assert.match((await failure(connect({ uri: 'test:///default', socket: sasl.socket }))).message, /SASL/);
  });
});

describe('a stream from a daemon that misbehaves', () => {
  const opened: Handlers = { DOMAIN_OPEN_CONSOLE: () => undefined };
  const consoleOf = async (connection: Connection) => connection.domains.handle(uuid).openConsole();

  it('fails with the error that the daemon sends in its middle', async () => {
    await using fake = await fakeLibvirtd(opened);
    await using connection = await connect({ uri: 'test:///default', socket: fake.socket });
    const stream = await consoleOf(connection);
    stream.resume();
    fake.clients[1]!.packet(2, Buffer.from('hello'));
    const failed = once(stream, 'error');
    fake.clients[1]!.raw(Buffer.alloc(28));
    const [error] = await failed;
    assert.ok(error instanceof LibvirtError);
    assert.equal(error.origin, 'protocol');
  });

  it('fails when the daemon hangs up, and leaves the connection that opened it alone', async () => {
    await using fake = await fakeLibvirtd({ ...opened, DOMAIN_GET_STATE: () => ({ state: 1, reason: 0 }) });
    await using connection = await connect({ uri: 'test:///default', socket: fake.socket });
    const stream = await consoleOf(connection);
    const failed = once(stream, 'error');
    fake.clients[1]!.destroy();
    assert.ok(isClosed((await failed)[0]));
    assert.equal((await connection.domains.handle(uuid).state()).state, 1);
  });
});
