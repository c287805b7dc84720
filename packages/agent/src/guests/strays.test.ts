import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { catalogue } from '@virtstack/hypervisor';
import * as libvirt from '@virtstack/libvirt';
import { fakeLibvirtd, Refusal } from '@virtstack/libvirt/testing/fake-libvirtd.ts';
import { pino } from 'pino';
import type { Attachment } from '../attach.ts';
import type { Host } from '../host.ts';
import { Guests } from './guests.ts';
import { startDefined } from './start.ts';
import { endStrays } from './strays.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const [control, down, up, busy, gone, foreign] = [0, 1, 2, 3, 4, 5].map(uuid) as [string, string, string, string, string, string];
const log = pino({ level: 'silent' });
const profile = catalogue.find(({ strays }: Attachment['profile']) => strays)!;

describe('domains that the hypervisor has and libvirt does not know', () => {
  const directory = mkdtempSync(join(tmpdir(), 'strays-'));
  const [table, list, end] = ['table', 'list', 'end'].map((name) => join(directory, name)) as [string, string, string];
  const running = new Set([control, up]);
  let daemon: Awaited<ReturnType<typeof fakeLibvirtd>>;
  let queries: libvirt.Connection;
  const at = (): Attachment =>
    ({
      queries,
      jobs: queries,
      profile: { ...profile, strays: { list: [list], end: [end] } },
    }) as Partial<Attachment> as Attachment;
  const there = (): string[] => [...readFileSync(table, 'utf8').matchAll(/^(\S+) +(\d+)/gm)].map(([, , id]) => id!);
  const has = (...lines: [uuid: string, id: number, name?: string][]): void =>
    writeFileSync(table, lines.map(([uuid, id, name = 'a name']) => `${uuid}  ${id}    ${name}\n`).join(''));

  const dom = (uuid: string) => ({ name: `d${uuid.at(-1)}`, uuid, id: running.has(uuid) ? Number(uuid.at(-1)) : -1 });
  const refuse = (code: number, message: string) => {
    throw new Refusal({ code, message });
  };

  before(async () => {
    writeFileSync(list, `#!/bin/sh\necho 'UUID  ID  name'\ncat '${table}'\n`);
    // Ends one that is there, as the real one does; else it fails.
    writeFileSync(
      end,
      `#!/bin/sh\n[ "$1" = 66 ] && exit 3\ngrep -q " $1  " '${table}' || { echo 'no such domain' >&2; exit 2; }\nsed -i "/ $1  /d" '${table}'\n`,
    );
    for (const file of [list, end]) chmodSync(file, 0o755);
    daemon = await fakeLibvirtd({
      DOMAIN_LOOKUP_BY_UUID: ({ uuid }) =>
        uuid === gone ? refuse(libvirt.VIR_ERR_NO_DOMAIN, 'no such domain') : { dom: dom(uuid) },
      DOMAIN_GET_JOB_INFO: ({ dom: { uuid } }) => {
        if (uuid === gone) return refuse(libvirt.VIR_ERR_NO_DOMAIN, 'no such domain');
        const rest = { timeElapsed: 0n, timeRemaining: 0n, memTotal: 0n, memProcessed: 0n, memRemaining: 0n };
        const data = { dataTotal: 0n, dataProcessed: 0n, dataRemaining: 0n, fileTotal: 0n, fileProcessed: 0n, fileRemaining: 0n };
        return { ...rest, ...data, type: uuid === busy ? libvirt.VIR_DOMAIN_JOB_UNBOUNDED : libvirt.VIR_DOMAIN_JOB_NONE };
      },
      DOMAIN_GET_STATE: ({ dom: { uuid } }) => ({
        state: running.has(uuid) ? libvirt.VIR_DOMAIN_RUNNING : libvirt.VIR_DOMAIN_SHUTOFF,
        reason: 1,
      }),
      DOMAIN_GET_INFO: () => ({ state: 1, maxMem: 65_536n, memory: 65_536n, nrVirtCpu: 1, cpuTime: 0n }),
      DOMAIN_GET_METADATA: ({ dom: { uuid } }) => ({ metadata: `<guest uuid='${uuid}' epoch='1'/>` }),
      DOMAIN_CREATE_WITH_FLAGS: ({ dom: { uuid } }) => {
        if (readFileSync(table, 'utf8').includes(uuid)) return refuse(libvirt.VIR_ERR_INTERNAL_ERROR, 'it exists already');
        if (uuid === busy) return refuse(libvirt.VIR_ERR_INTERNAL_ERROR, 'no memory');
        running.add(uuid);
        return { dom: dom(uuid) };
      },
      CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: () => ({ callbackID: 1 }),
      CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: () => undefined,
    });
    queries = await libvirt.connect({ uri: 'test:///default', socket: daemon.socket });
  });
  after(async () => {
    await queries.close();
    await daemon[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    running.delete(down);
    has([control, 0], [down, 7, 'i-2-3-VM'], [up, 8], [busy, 9, ''], [gone, 10, '(null)'], [foreign, 11]);
  });

  it('are ended where they are the cloud’s; what libvirt runs, creates or receives stays, and so does what is not the cloud’s', async () => {
    const ended = await endStrays(at(), (each) => each !== foreign && each !== control, log);
    assert.deepEqual(ended, [
      { uuid: down, id: '7' },
      { uuid: gone, id: '10' },
    ]);
    assert.deepEqual(there(), ['0', '8', '9', '11']);
  });

  it('are not looked for where libvirt knows all that runs', async () => {
    const { strays: _, ...none } = at().profile;
    assert.deepEqual(await endStrays({ ...at(), profile: none }, () => true, log), []);
    assert.equal(there().length, 6);
  });

  it('may end by themselves; one that cannot be ended is told', async () => {
    has([down, 66]);
    await assert.rejects(
      endStrays(at(), () => true, log),
      /end failed/,
    );
    writeFileSync(end, readFileSync(end, 'utf8').replace('exit 3', `{ : > '${table}'; exit 3; }`));
    assert.deepEqual(await endStrays(at(), () => true, log), [{ uuid: down, id: '66' }]);
  });

  it('do not keep their guest from starting; another failure is told as it is, after one try', async () => {
    const guests = new Guests(log);
    await guests.follow(at());
    const host = { guests, log, libvirt: { now: at() } } as unknown as Host;
    const { signal } = new AbortController();
    assert.equal(await startDefined(host, down, 'd1', signal), 'running');
    assert.deepEqual(there(), ['0', '8', '9', '10', '11']);
    has();
    await assert.rejects(startDefined(host, busy, 'd3', signal), /no memory/);
    has([busy, 9]);
    await assert.rejects(startDefined(host, busy, 'd3', signal), /it exists already/);
    assert.deepEqual(there(), ['9']);
  });
});
