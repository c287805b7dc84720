import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '@virtstack/hypervisor';
import * as libvirt from '@virtstack/libvirt';
import { type FakeClient, fakeLibvirtd, type Handlers, Refusal } from '@virtstack/libvirt/testing/fake-libvirtd.ts';
import { pino } from 'pino';
import type { Attachment } from '../attach.ts';
import type { Host } from '../host.ts';
import { Heard } from '../testing/heard.ts';
import type { Described } from './describe.ts';
import { Guests } from './guests.ts';
import { powerOff } from './power-off.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const [control, deaf, fine] = [uuid(0), uuid(1), uuid(2)];
const log = pino({ level: 'silent' });

/** A host whose driver keeps every question about a guest, and every list, waiting while it waits for that guest; its own domain is in all lists. */
const host = () => {
  let waits: Promise<unknown> = Promise.resolve();
  let hear = (): void => {};
  const clients: FakeClient[] = [];
  const heard: string[] = [];
  const running = new Set([control, deaf, fine]);
  const dom = (uuid: string) => ({ name: `d${uuid.at(-1)}`, uuid, id: running.has(uuid) ? Number(uuid.at(-1)) : -1 });
  const held = async <T>(about: string | undefined, name: string, answer: () => T): Promise<T> => {
    heard.push(`${name} ${about?.at(-1) ?? ''}`.trim());
    if (about === deaf || about === undefined) await waits;
    return answer();
  };
  const handlers: Handlers = {
    CONNECT_LIST_ALL_DOMAINS: () => held(undefined, 'list', () => ({ domains: [control, deaf, fine].map(dom), ret: 3 })),
    DOMAIN_LOOKUP_BY_UUID: ({ uuid }) => held(uuid, 'lookup', () => ({ dom: dom(uuid) })),
    DOMAIN_GET_STATE: ({ dom: { uuid } }) =>
      held(uuid, 'state', () => ({
        state: running.has(uuid) ? libvirt.VIR_DOMAIN_RUNNING : libvirt.VIR_DOMAIN_SHUTOFF,
        reason: 1,
      })),
    DOMAIN_GET_INFO: ({ dom: { uuid } }) =>
      held(uuid, 'info', () => ({ state: 1, maxMem: 65_536n, memory: 65_536n, nrVirtCpu: 1, cpuTime: 0n })),
    DOMAIN_GET_METADATA: ({ dom: { uuid } }) => held(uuid, 'metadata', () => ({ metadata: `<guest uuid='${uuid}' epoch='1'/>` })),
    DOMAIN_SHUTDOWN_FLAGS: ({ dom: { uuid } }) => {
      heard.push(`shutdown ${uuid.at(-1)}`);
      if (uuid !== deaf) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      waits = promise;
      hear = resolve;
      return promise.then(() => {
        throw new Refusal({ code: libvirt.VIR_ERR_INTERNAL_ERROR, message: 'it did not react' });
      });
    },
    DOMAIN_DESTROY_FLAGS: ({ dom: { uuid } }) => held(uuid, 'destroy', () => void running.delete(uuid)),
    CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: (_, client) => {
      clients.push(client);
      return { callbackID: 1 };
    },
    CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: () => undefined,
  };
  const tell = (uuid: string, event: number): void => {
    const msg = { dom: dom(uuid), event, detail: 0 };
    for (const client of clients) client.event(libvirt.procedures.DOMAIN_EVENT_CALLBACK_LIFECYCLE, { callbackID: 1, msg });
  };
  return { handlers, heard, running, tell, giveUp: () => hear(), hold: (until: Promise<unknown>) => (waits = until) };
};

const made = catalogue.find(({ controlDomain }) => controlDomain)!;

describe('a driver that waits for a guest which does not react', () => {
  const driver = host();
  let daemon: Awaited<ReturnType<typeof fakeLibvirtd>>;
  let queries: libvirt.Connection;
  let guests: Guests;
  const told = new Heard<Described>();
  const open = (): Promise<libvirt.Connection> => libvirt.connect({ uri: 'test:///default', socket: daemon.socket });
  const aside = async (work: (connection: libvirt.Connection) => Promise<unknown>) => {
    const connection = await open();
    return work(connection).finally(() => connection.close());
  };
  const states = async (): Promise<string[]> => (await guests.report()).map(({ name, state }) => `${name} ${state}`).sort();

  before(async () => {
    daemon = await fakeLibvirtd(driver.handlers);
    queries = await open();
    guests = new Guests(log);
    guests.onChange((guest) => told.add(guest));
    await guests.follow({ queries, profile: made } as Partial<Attachment> as Attachment);
  });
  after(async () => {
    await queries.close();
    await daemon[Symbol.asyncDispose]();
  });

  it('is not asked for its own domain, which is in every list', async () => {
    assert.deepEqual(await states(), ['d1 running', 'd2 running']);
  });

  it('is asked again after a start that it tells of before the stop', async () => {
    driver.tell(fine, libvirt.VIR_DOMAIN_EVENT_STARTED);
    driver.tell(fine, libvirt.VIR_DOMAIN_EVENT_STOPPED);
    await told.next(({ uuid }) => uuid === fine, { from: 0 });
    await guests.report();
    assert.deepEqual(new Set(told.all.map(({ state }) => state)), new Set(['running']));
  });

  it('holds up neither the report nor questions about others while it waits, and is not asked in vain', async () => {
    const jobs = await open();
    const stopping = powerOff(
      { guests, log, libvirt: { aside, now: { jobs, profile: made } } } as unknown as Host,
      deaf,
      4_000,
      new AbortController().signal,
    );
    while (!driver.heard.includes('shutdown 1')) await new Promise((resolve) => setTimeout(resolve, 5));
    const from = driver.heard.length;
    const since = performance.now();
    assert.deepEqual(await states(), ['d1 unknown', 'd2 running']);
    assert.equal((await guests.ask(fine)).state, 'running');
    assert.ok(performance.now() - since < 8_000, 'it took too long for whoever waits for a report');
    const asked = driver.heard.slice(from).filter((call) => call === 'list' || call.endsWith(' 1'));
    assert.deepEqual(
      asked.filter((call) => call !== 'destroy 1'),
      [],
    );
    driver.giveUp();
    assert.equal(await stopping, 'shutoff');
    assert.equal(driver.heard.filter((call) => call === 'shutdown 1').length, 1);
    assert.deepEqual(await states(), ['d1 shutoff', 'd2 running']);
    await jobs.close();
  });

  it('is asked once where it says that the guest has heard it, else again and again', async () => {
    const jobs = await open();
    for (const { shutdownHeard, times } of [
      { shutdownHeard: true, times: 1 },
      { shutdownHeard: false, times: 2 },
    ]) {
      const from = driver.heard.length;
      driver.running.add(fine);
      const profile = { ...made, shutdownHeard };
      const at = { guests, log, libvirt: { aside, now: { jobs, profile } } } as unknown as Host;
      assert.equal(await powerOff(at, fine, 4_000, new AbortController().signal), 'shutoff');
      assert.equal(driver.heard.slice(from).filter((call) => call === `shutdown ${fine.at(-1)}`).length, times);
    }
    driver.running.add(fine);
    await jobs.close();
  });

  it('holds up no report either when it waits for a request that somebody else has made', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    driver.hold(promise);
    const since = performance.now();
    assert.deepEqual(await states(), ['d1 unknown', 'd2 running']);
    assert.ok(performance.now() - since < 9_000);
    resolve();
    const deadline = Date.now() + 5_000;
    while ((await states())[0] !== 'd1 shutoff') assert.ok(Date.now() < deadline);
  });
});
