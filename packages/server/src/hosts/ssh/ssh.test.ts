import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { freshKeyPair } from '../../accounts/ssh-key.ts';
import type { CloudError } from '../../error.ts';
import type { Program } from '../programs.ts';
import { enterOwnWorld, sh } from '../testing/own-world.ts';
import { makeUser, type Sshd, startSshd } from '../testing/sshd.ts';
import { connect } from './connect.ts';
import { copyTo, hashesOf } from './copy.ts';
import { fingerprint } from './host-keys.ts';
import type { SshTarget } from './problems.ts';
import { run } from './run.ts';
import { openShell } from './shell.ts';

await enterOwnWorld(fileURLToPath(import.meta.url));

const key = freshKeyPair('test');
const { privateKey } = key;
let sshd: Sshd;
before(async () => {
  makeUser('root', 'right');
  makeUser('ada', "it's her \\ password", 'ALL=(ALL) ALL');
  makeUser('bob', 'bobs', 'ALL=(ALL) NOPASSWD: ALL');
  makeUser('eve', 'eves');
  sshd = await startSshd();
});

const at = (username: string, password?: string, more: Partial<SshTarget> = {}): SshTarget => ({
  ...{ address: '127.0.0.1', port: sshd.port, username },
  ...(password !== undefined && { password }),
  ...more,
});
const shell = (username: string, password?: string, more: Partial<SshTarget> = {}) =>
  openShell(at(username, password, more), { privateKey });
const refusal = async (target: SshTarget, options: { known?: Buffer; timeoutMs?: number } = {}): Promise<CloudError> => {
  try {
    (await openShell(target, { privateKey, ...options })).close();
  } catch (error) {
    return error as CloudError;
  }
  throw new Error('he was let in');
};

test('root logs in with a password, over IPv4, IPv6 and by name', async () => {
  for (const address of ['127.0.0.1', '::1', 'localhost']) {
    const host = await shell('root', 'right', { address });
    assert.equal((await host.run('id -un')).stdout, 'root\n');
    host.close();
  }
});

test('the server’s key is tried first, and is enough', async () => {
  sshd.accept('root', key.line);
  const host = await shell('root');
  assert.equal((await host.run('id -un')).stdout, 'root\n');
  host.close();
  sshd.accept('root', '');
});

test('a password is also given where the host asks for it by keyboard-interactive', async () => {
  const pam = await startSshd(['UsePAM yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes']);
  const host = await shell('root', 'right', { port: pam.port });
  assert.equal((await host.run('id -u')).stdout, '0\n');
  host.close();
});

test('a name that is not found is told as such', async () => {
  const { kind, message } = await refusal(at('root', 'right', { address: 'no-such-host.example' }));
  assert.equal(kind, 'parameter');
  assert.match(message, /does not find the name no-such-host\.example \(E[A-Z_]+\).*\/etc\/hosts/);
});

test('a host to which no way leads, one that refuses, and one that says nothing are told apart', async () => {
  const away = await refusal(at('root', 'right', { address: '192.0.2.77' }));
  assert.match(away.message, /192\.0\.2\.77:\d+ cannot be reached from the management server \(ENETUNREACH\).*routes/);
  const refused = await refusal(at('root', 'right', { port: 2 }));
  assert.match(refused.message, /127\.0\.0\.1:2 refused the connection: nobody listens.*systemctl enable --now ssh/);
  sh("nft 'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c tcp dport 2199 drop'");
  const silent = await refusal(at('root', 'right', { port: 2199 }), { timeoutMs: 300 });
  assert.match(silent.message, /127\.0\.0\.1:2199 does not answer.*firewall/);
  for (const { kind } of [away, refused, silent]) assert.equal(kind, 'unavailable');
});

test('what listens and is no SSH server is told, be it silent or not', async () => {
  const listener = createServer(
    (socket) => void socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  const mute = createServer((socket) => void socket.on('error', () => {}));
  for (const server of [listener, mute]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [speaks, silent] = [listener, mute].map((server) => (server.address() as AddressInfo).port);
  const wrong = await refusal(at('root', 'right', { port: speaks! }), { timeoutMs: 5000 });
  assert.match(wrong.message, /does not speak SSH as it should/);
  const nothing = await refusal(at('root', 'right', { port: silent! }), { timeoutMs: 300 });
  assert.match(nothing.message, /took the connection, and then said nothing/);
  listener.close();
  mute.close();
});

test('a wrong password is refused with the ways that the host offers, and is not repeated', async () => {
  const { kind, message } = await refusal(at('root', 'secret-but-wrong'));
  assert.equal(kind, 'parameter');
  assert.match(
    message,
    /does not let user root in: .*password is wrong.*PermitRootLogin.*It offers: publickey, password\..*ssh\.publickey/,
  );
  assert.ok(!message.includes('secret-but-wrong'));
});

test('without a password the key must be accepted, and where passwords are not taken that is said', async () => {
  assert.match(
    (await refusal(at('root'))).message,
    /does not accept the server's key for user root\. It offers: publickey, password\. Give the password/,
  );
  const keysAlone = await startSshd(['PasswordAuthentication no']);
  const { message } = await refusal(at('root', 'right', { port: keysAlone.port }));
  assert.match(message, /takes no passwords of user root.*It offers: publickey\..*PasswordAuthentication/);
});

test('a changed host key is refused with both fingerprints, before anything is said to the host', async () => {
  const changing = await startSshd();
  const known = changing.hostKey('ed25519');
  (await openShell(at('root', 'right', { port: changing.port }), { privateKey, known })).close();
  await changing.changeKey();
  const before = changing.log().length;
  const { kind, message } = await refusal(at('root', 'right', { port: changing.port }), { known });
  assert.equal(kind, 'conflict');
  assert.ok(message.includes(fingerprint(known)) && message.includes(fingerprint(changing.hostKey('ed25519'))), message);
  assert.doesNotMatch(changing.log().slice(before), /root/);
});

test('of a host’s several keys the known one is asked for', async () => {
  const known = sshd.hostKey('rsa');
  const host = await openShell(at('root', 'right'), { privateKey, known });
  assert.ok(host.hostKey.equals(known));
  host.close();
  assert.equal(
    fingerprint(known),
    sh(`ssh-keyscan -t rsa -p ${sshd.port} 127.0.0.1 2>/dev/null | ssh-keygen -lf - | cut -d' ' -f2`).trim(),
  );
});

test('a connection that is cut off in the middle is told as such', async () => {
  const host = await shell('root', 'right');
  const script = `p=$$; while [ "$(cat /proc/$p/comm)" != sshd ]; do p=$(sed -n 's/^PPid:\\t//p' /proc/$p/status); done; kill -9 $p; sleep 60`;
  await assert.rejects(host.run(script), (error: CloudError) => {
    assert.equal(error.kind, 'unavailable');
    return /was cut off.*not done twice/.test(error.message);
  });
  assert.ok(host.lost.aborted);
  await assert.rejects(host.run('true'), /was cut off/);
});

test('a script’s lines come while it runs; its exit code, and of its words the last', async () => {
  const host = await shell('root', 'right');
  const lines: string[] = [];
  const ran = await host.run('while read -r line; do echo "got $line"; done; echo trouble >&2; exit 7', {
    input: 'one\ntwo ä\n',
    onLine: (line) => void lines.push(line),
  });
  assert.deepEqual([ran.code, ran.stderr, lines], [7, 'trouble\n', ['got one', 'got two ä']]);
  const long = await host.run('head -c 300000 /dev/zero | tr "\\0" x; echo; echo last');
  assert.ok(long.stdout.length <= 65_536 && long.stdout.endsWith('x\nlast\n'));
  await assert.rejects(host.run('sleep 60', { timeoutMs: 100 }), /did not end within/);
  host.close();
});

test('quotes, dollars and backslashes of a script arrive as they are', async () => {
  const host = await shell('root', 'right');
  assert.equal((await host.run(`a='it'"'"'s'; printf '%s \\\\ $a "%s"\\n' "$a" '!'`)).stdout, `it's \\ $a "!"\n`);
  host.close();
});

test('arguments of a script arrive as they are, and are no part of it', async () => {
  const args = ["it's", '$HOME', '`id`', 'a  b', '', '; exit 9', "'", '\\'];
  for (const host of [await shell('root', 'right'), await shell('ada', "it's her \\ password")]) {
    const { code, stdout } = await host.run('printf "%s|" "$@"', { args });
    assert.deepEqual([code, stdout], [0, `${args.join('|')}|`]);
    host.close();
  }
});

test('a user who is not root becomes root by sudo, with and without a password, which stands in no argument', async () => {
  for (const [name, password] of [
    ['ada', "it's her \\ password"],
    ['bob', 'bobs'],
  ] as const) {
    const host = await shell(name, password);
    const script = 'id -un; cat; for f in /proc/[0-9]*/cmdline; do tr "\\0" " " <$f; done; exit 3';
    const ran = await host.run(script, { input: 'the input\n' });
    assert.equal(ran.code, 3);
    assert.ok(ran.stdout.startsWith('root\nthe input\n'), ran.stdout.slice(0, 100));
    assert.ok(!ran.stdout.includes(password));
    host.close();
  }
});

test('a user whom sudo does not make root is refused in its words', async () => {
  const { kind, message } = await refusal(at('eve', 'eves'));
  assert.equal(kind, 'parameter');
  assert.match(
    message,
    /User eve may log in to 127\.0\.0\.1, but is not root there.*eve is not in the sudoers file.*\/etc\/sudoers\.d/,
  );
  sshd.accept('ada', key.line);
  assert.match((await refusal(at('ada'))).message, /sudo does not make him root without a password/);
});

function programOf(content: Buffer): Program {
  const packed = gzipSync(content);
  const [sha256, sha512] = ['sha256', 'sha512'].map((algorithm) => createHash(algorithm).update(content).digest('hex'));
  return {
    sha256: sha256!,
    sha512: sha512!,
    bytes: content.length,
    packedBytes: packed.length,
    open: () => Readable.from([packed]),
  };
}

test('a program arrives whole, by sudo too, and its bytes are counted', async () => {
  const content = randomBytes(3_000_000);
  const program = programOf(content);
  for (const host of [await shell('root', 'right'), await shell('ada', "it's her \\ password")]) {
    const sent: number[] = [];
    await copyTo(host, program, '/opt/virtstack/new/program', (bytes) => sent.push(bytes));
    assert.ok(readFileSync('/opt/virtstack/new/program').equals(content));
    assert.equal(sent.at(-1), program.packedBytes);
    const paths = ['/opt/virtstack/new/program', '/opt/nothing'];
    assert.deepEqual([...(await hashesOf(host, paths))], [[paths[0], program.sha256]]);
    sh('rm -r /opt/virtstack');
    host.close();
  }
});

test('a full disk is told with what is needed, and nothing half is left', async () => {
  sh('mkdir -p /opt/virtstack && mount -t tmpfs -o size=1m tmpfs /opt/virtstack');
  const host = await shell('root', 'right');
  await assert.rejects(
    copyTo(host, programOf(randomBytes(3_000_000)), '/opt/virtstack/new/program', () => {}),
    (error: CloudError) => {
      assert.equal(error.kind, 'capacity');
      return /The disk of 127\.0\.0\.1 is full: \/opt\/virtstack\/new\/program needs 3 MiB.*No space left on device/.test(
        error.message,
      );
    },
  );
  assert.deepEqual(sh('ls -A /opt/virtstack/new'), '');
  sh('umount /opt/virtstack');
  host.close();
});

test('a program that arrives damaged does not replace the one that is there', async () => {
  const host = await shell('root', 'right');
  await copyTo(host, programOf(Buffer.from('good')), '/opt/virtstack/program', () => {});
  const damaged = { ...programOf(Buffer.from('bad')), sha256: '0'.repeat(64) };
  await assert.rejects(
    copyTo(host, damaged, '/opt/virtstack/program', () => {}),
    /it arrived damaged/,
  );
  assert.equal(readFileSync('/opt/virtstack/program', 'utf8'), 'good');
  assert.ok(!existsSync('/opt/virtstack/program.part'));
  host.close();
});

test('a connection that is given up ends at once', async () => {
  const stop = new AbortController();
  const connection = await connect(at('root', 'right'), { privateKey, signal: stop.signal });
  const sleeping = run(connection, 'sleep 60');
  stop.abort(new Error('the server stops'));
  await assert.rejects(sleeping);
  await assert.rejects(connect(at('root', 'right'), { privateKey, signal: stop.signal }), /the server stops/);
});
