import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { WebSocket } from 'ws';
import { makePerson } from '../accounts/testing.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';
import { callAs } from './testing.ts';

let zone: TestZone;
let host: TestHost;
let vm: string;
before(async () => {
  zone = await withZone();
  host = await zone.addHost();
  vm = await deploy();
});

async function deploy(): Promise<string> {
  const given = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  const { made, errortext } = await zone.api.job('deployVirtualMachine', given);
  assert.equal(errortext, undefined);
  return made.id!;
}

type Endpoint = {
  success: boolean;
  details?: string;
  url: string;
  websocket: { token: string; host: string; port: string; path: string };
};
const endpoint = async (id = vm) =>
  (await zone.server.call('createConsoleEndpoint', { virtualmachineid: id })).consoleendpoint as unknown as Endpoint;

/** A browser’s side: what it received, and how it ended. */
function browse(token: string, headers: Record<string, string> = {}, name = 'ticket') {
  const { host: address, port } = zone.server.address;
  const socket = new WebSocket(`wss://${address}:${port}/client/console/socket?${name}=${token}`, {
    ca: zone.server.authority,
    headers,
  });
  let text = '';
  let heard = () => {};
  socket.on('message', (data: Buffer) => {
    text += data.toString();
    heard();
  });
  const ended = new Promise<{ code: number; reason: string }>((resolve, reject) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.once('error', reject);
  });
  ended.catch(() => {});
  const hears = async (part: string): Promise<void> => {
    while (!text.includes(part))
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  };
  return { socket, ended, hears };
}

test('a console is joined both ways, also what was typed before it was there', async () => {
  host.host.console = (stream) => {
    stream.send(Buffer.from('login: '));
    stream.on('message', (data: Buffer) => stream.send(Buffer.concat([Buffer.from('you said '), data])));
  };
  const { websocket, url } = await endpoint();
  assert.match(
    url,
    new RegExp(`^https://127\\.0\\.0\\.1:${zone.server.address.port}/client/console/\\?ticket=[\\w-]+&vm=${vm}$`),
  );
  assert.deepEqual(
    [websocket.host, websocket.port, websocket.path],
    ['127.0.0.1', String(zone.server.address.port), 'client/console/socket'],
  );
  const { socket, hears, ended } = browse(websocket.token);
  socket.once('open', () => socket.send('tiny\r'));
  await hears('login: ');
  await hears('you said tiny\r');
  socket.close();
  assert.equal((await ended).code, 1005);
});

test('when the guest’s side ends, the browser’s does, with the reason', async () => {
  host.host.console = (stream) => stream.close(4000, 'the guest was shut down');
  const { ended } = browse((await endpoint()).websocket.token, {}, 'token');
  assert.deepEqual(await ended, { code: 4000, reason: 'the guest was shut down' });
});

test('a fast guest does not fill the server’s memory before a slow browser', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let sent = 0;
  host.host.console = (stream) => {
    const more = (): void => {
      if (stream.readyState !== stream.OPEN || sent >= 200 * 1024 * 1024) return;
      sent += chunk.length;
      stream.send(chunk, more);
    };
    more();
  };
  const { socket } = browse((await endpoint()).websocket.token);
  await new Promise((resolve) => socket.once('message', resolve));
  socket.pause();
  let before = -1;
  // It goes on until the buffers of the kernel are full, and then stands still.
  while (sent !== before) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(sent < 60 * 1024 * 1024, `${sent} bytes were taken from the guest`);
  socket.terminate();
});

test('a ticket lets in once, and only those who may still see the machine', async () => {
  host.host.console = (stream) => stream.send('hello');
  const { websocket } = await endpoint();
  const first = browse(websocket.token);
  await first.hears('hello');
  const again = await browse(websocket.token).ended;
  assert.equal(again.code, 4401);
  assert.match(again.reason, /used already or is older than a minute/);
  first.socket.close();
  assert.equal((await browse('made-up').ended).code, 4401);

  const old = await endpoint();
  await zone.server.cloud.db
    .updateTable('console_ticket')
    .set({ created: new Date(Date.now() - 61_000) })
    .execute();
  assert.equal((await browse(old.websocket.token).ended).code, 4401);

  const stranger = await makePerson(zone.server.cloud.db, zone.server.cloud.secrets, 'stranger');
  assert.equal((await callAs(zone.server, stranger, 'createConsoleEndpoint', { virtualmachineid: vm })).errorcode, 431);
  const his = await endpoint();
  await zone.server.cloud.db.updateTable('console_ticket').set({ user_id: stranger.userId }).execute();
  assert.equal((await browse(his.websocket.token).ended).code, 4401);
});

test('a page of somebody else’s cannot open a console', async () => {
  const { websocket } = await endpoint();
  await assert.rejects(browse(websocket.token, { origin: 'https://evil.example' }).ended, /404/);
  host.host.console = (stream) => stream.send('hello');
  const own = browse(websocket.token, { origin: `https://127.0.0.1:${zone.server.address.port}` });
  await own.hears('hello');
  own.socket.close();
});

test('the database and the log know no ticket', async () => {
  const { websocket } = await endpoint();
  const rows = JSON.stringify(await zone.server.cloud.db.selectFrom('console_ticket').selectAll().execute());
  assert.ok(!rows.includes(websocket.token));
  assert.ok(!zone.server.logged.join('').includes(websocket.token));
});

test('whoever is disabled loses the console at which he sits', async () => {
  const person = await makePerson(zone.server.cloud.db, zone.server.cloud.secrets, 'sitter', 'Admin');
  host.host.console = (stream) => stream.send(Buffer.from('login: '));
  const { consoleendpoint } = await callAs(zone.server, person, 'createConsoleEndpoint', { virtualmachineid: vm });
  const { hears, ended } = browse((consoleendpoint as Endpoint).websocket.token);
  await hears('login: ');
  await zone.api.job('disableUser', { id: person.userId });
  assert.deepEqual(await ended, { code: 4401, reason: 'You may no longer sit at this console.' });
});

test('a machine that is off, or whose host is away, says so', async () => {
  const { websocket } = await endpoint();
  const stopped = await deploy();
  const early = await endpoint(stopped);
  await zone.api.job('stopVirtualMachine', { id: stopped, forced: true });
  const off = await endpoint(stopped);
  assert.equal(off.success, false);
  assert.match(off.details!, /is Stopped: it has a console while it runs\. Start it first\./);
  assert.equal((await browse(early.websocket.token).ended).code, 4409);
  await host.host.disconnect();
  const away = await browse(websocket.token).ended;
  assert.equal(away.code, 4503);
  assert.match(away.reason, /not connected/);
});
