import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { root } from '@virtstack/shell/places.ts';
import { fakeLibvirtd } from '../../packages/libvirt/src/testing/fake-libvirtd.ts';
import { requireWorld } from '../world.ts';
import { Cloud, sh } from './cloud.ts';
import { send, sendSigned } from './raw-call.ts';

type Ended = { readonly code: number | null; readonly out: string; readonly error: string };

const run = (...argv: string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.error += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });

/** It ended with code 1 and one line. */
function refusedWith(says: RegExp, { code, error }: Ended): void {
  assert.match(error, /^virtstack: [^\n]+\n$/);
  assert.match(error, says);
  assert.equal(code, 1);
}

describe('what cannot be started', () => {
  const data = '/var/tmp/virtstack-never';
  const up = (...options: string[]): Promise<Ended> => run(`${root}/virtstack`, 'up', '--data', data, ...options);
  before(requireWorld);
  after(() => rmSync(data, { recursive: true, force: true }));

  it('is a cloud on a port that somebody has: who it is, and what to say instead', async () => {
    const other = createServer().listen(8443, '127.0.0.1');
    const words = (option: string, port: number) =>
      new RegExp(`port ${port} is already used by \\S+ \\(pid ${process.pid}\\)\\. Choose another with ${option} HOST:PORT`);
    refusedWith(words('--listen', 8443), await up('--listen', '127.0.0.1:8443'));
    refusedWith(words('--listen', 8443), await up('--listen', '127.0.0.1:8443', '--detach'));
    refusedWith(words('--agents', 8443), await up('--listen', '127.0.0.1:8444', '--agents', '127.0.0.1:8443'));
    other.close();
  });

  it('is a cloud on an address that is none, or not of this machine', async () => {
    for (const nonsense of ['nonsense', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', '::1:8443'])
      refusedWith(/--listen takes HOST:PORT \(for example 127\.0\.0\.1:8443\); it was given "/, await up('--listen', nonsense));
    refusedWith(
      /192\.0\.2\.1 is not an address of this machine.*--listen HOST:PORT, or 0\.0\.0\.0 for all/,
      await up('--listen', '192.0.2.1:8443'),
    );
  });

  it('is a cloud with half a certificate, or one that is none', async () => {
    refusedWith(/--certificate and --key go together/, await up('--certificate', '/etc/hostname'));
    refusedWith(/--certificate and --key go together/, await up('--key', '/etc/hostname'));
    refusedWith(/\/etc\/hostname is not a PEM file/, await up('--certificate', '/etc/hostname', '--key', '/etc/hostname'));
    refusedWith(/\/nowhere cannot be read: ENOENT/, await up('--certificate', '/nowhere', '--key', '/nowhere'));
  });

  it('is a cloud whose data the server could not reach', async () => {
    const closed = mkdtempSync('/var/tmp/closed-');
    const words = new RegExp(
      `${closed}/deep/data lies in ${closed}, which only its owner may enter.*Choose another with --data DIR`,
    );
    for (const more of [[], ['--detach']])
      refusedWith(words, await run(`${root}/virtstack`, 'up', '--data', `${closed}/deep/data`, ...more));
    assert.equal(existsSync(`${closed}/deep`), false, 'a refusal leaves nothing behind');
    rmSync(closed, { recursive: true });
  });

  it('is a cloud without root, which says what to run', async () => {
    // The checkout may lie where nobody else may go.
    mkdirSync('/run/checkout');
    await sh('mount', '--bind', root, '/run/checkout');
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '/run/checkout/virtstack'];
    const words = /needs root .*Run: sudo \/run\/checkout\/virtstack up --data \/var\/tmp\/virtstack-never$/m;
    refusedWith(words, await run(...nobody, 'up', '--data', data));
  });

  it('is a cloud on too old a libvirt, and both versions are named', async () => {
    await using fake = await fakeLibvirtd({
      CONNECT_GET_LIB_VERSION: () => ({ lib_ver: 8_000_000n }),
      CONNECT_GET_VERSION: () => ({ hv_ver: 8_002_002n }),
    });
    mkdirSync('/run/libvirt', { recursive: true });
    symlinkSync(fake.socket, '/run/libvirt/libvirt-sock');
    refusedWith(/libvirt 8\.0\.0 is older than 9\.0, the oldest that is supported/, await up('--listen', '127.0.0.1:8443'));
    const { out, code } = await run(`${root}/virtstack`, 'status', '--data', data);
    assert.deepEqual([out, code], ['stopped (./virtstack up starts it)\n', 3]);
    rmSync('/run/libvirt/libvirt-sock');
  });

  it('is known as stopped, and can be told to stop all the same', async () => {
    const { code, out } = await run(`${root}/virtstack`, 'down', '--data', data);
    assert.match(out, /it does not run/);
    assert.equal(code, 0);
    refusedWith(
      /there is nothing in \/var\/tmp\/nowhere; name the installation's directory with --data/,
      await run(`${root}/virtstack`, 'down', '--data', '/var/tmp/nowhere'),
    );
    assert.equal((await run(`${root}/virtstack`, 'status', '--data', '/var/tmp/nowhere')).code, 3);
  });
});

describe('a cloud that runs', () => {
  const cloud = new Cloud();
  const virtstack = (...argv: string[]): Promise<Ended> => run(`${root}/virtstack`, ...argv, '--data', cloud.dataDir);
  const logIn = async (password: string): Promise<number> =>
    (await send(cloud, `command=login&response=json&username=admin&password=${password}`)).status;
  before(() => cloud.up());
  after(() => cloud.end());

  it('is not started again: a second up shows where it is', async () => {
    for (const more of [[], ['--detach'], ['--listen', '127.0.0.1:8443']]) {
      const { code, out, error } = await virtstack('up', ...more);
      assert.deepEqual([code, error], [0, '']);
      assert.match(out, /It already runs \(pid \d+\)/);
      for (const word of [cloud.admin.url, cloud.admin.password, cloud.admin.secretkey]) assert.ok(out.includes(word), out);
    }
  });

  it('tells nobody but root, and says so in a line', async () => {
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '/run/checkout/virtstack'];
    const asNobody = (command: string) => run(...nobody, command, '--data', cloud.dataDir);
    for (const command of ['up', 'down', 'status', 'logs'])
      refusedWith(new RegExp(`Run: sudo /run/checkout/virtstack ${command} --data`), await asNobody(command));
    refusedWith(/Run: sudo/, await run(...nobody, 'admin', 'reset', '--data', cloud.dataDir));
  });

  it('gives admin a new password and new keys; what he had is void', async () => {
    const old = cloud.admin;
    assert.equal(await logIn(old.password), 200);
    const { code, out } = await virtstack('admin', 'reset');
    assert.equal(code, 0);
    await cloud.up();
    assert.notEqual(cloud.admin.password, old.password);
    assert.ok(out.includes(cloud.admin.password) && out.includes('The former password and keys of admin are void'), out);
    assert.deepEqual([await logIn(old.password), await logIn(cloud.admin.password)], [531, 200]);
    assert.equal((await sendSigned(cloud, 'listZones', {}, old)).status, 401);
    assert.equal((await sendSigned(cloud, 'listZones')).status, 200);
  });

  it('is stopped once; then it is known as stopped, and cannot be reset', async () => {
    assert.match((await virtstack('down')).out, /stopped; guests keep running/);
    assert.match((await virtstack('down')).out, /it does not run/);
    assert.equal((await virtstack('status')).code, 3);
    refusedWith(/the cloud is stopped; start it first: \.\/virtstack up --detach/, await virtstack('admin', 'reset'));
  });
});
