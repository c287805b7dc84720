import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { makeDomain, makePerson, type Person } from '../../accounts/testing.ts';
import { type Content, callAs, send, type TestServer, withServer } from '../../http/testing.ts';

let server: TestServer;
let chief: Person;
let clerk: Person;
let other: Person;
before(async () => {
  server = await withServer();
  const { db, secrets } = server.cloud;
  await makeDomain(db, 'firm');
  await makeDomain(db, 'firmament');
  chief = await makePerson(db, secrets, 'chief', 'DomainAdmin', '/firm/');
  clerk = await makePerson(db, secrets, 'clerk', 'User', '/firm/');
  other = await makePerson(db, secrets, 'other', 'User', '/firmament/');
});
const as = (person: Person, command: string, values = {}) => callAs(server, person, command, values);
type Named = { id: string; name?: string; username?: string; account?: string };
const names = (content: Content, key: string): string[] =>
  ((content[key] ?? []) as Named[]).map(({ name, username }) => username ?? name!).sort();
const login = async (username: string, password: string, domain: string): Promise<number> =>
  (
    await send(server, '/client/api', {
      form: `${new URLSearchParams({ command: 'login', username, password, domain, response: 'json' })}`,
    })
  ).status;

test('who sees which users, accounts and domains', async () => {
  assert.deepEqual(names(await server.call('listUsers'), 'user'), ['admin', 'chief', 'clerk', 'other']);
  assert.deepEqual(names(await as(chief, 'listUsers'), 'user'), ['chief', 'clerk']);
  assert.deepEqual(names(await as(clerk, 'listUsers'), 'user'), ['clerk']);
  assert.deepEqual(names(await server.call('listAccounts', { listall: true }), 'account'), ['admin', 'chief', 'clerk', 'other']);
  assert.deepEqual(names(await server.call('listAccounts'), 'account'), ['admin']);
  assert.deepEqual(names(await as(chief, 'listAccounts', { listall: true }), 'account'), ['chief', 'clerk']);
  assert.deepEqual(names(await as(clerk, 'listAccounts', { listall: true }), 'account'), ['clerk']);
  assert.deepEqual(names(await server.call('listDomains'), 'domain'), ['ROOT', 'firm', 'firmament']);
  assert.deepEqual(names(await as(chief, 'listDomains', { listall: true }), 'domain'), ['firm']);
  assert.deepEqual(names(await as(other, 'listDomains', { listall: true }), 'domain'), ['firmament']);
});

test('an account and a domain have the figures and types that strict clients need', async () => {
  const [account] = (await as(clerk, 'listAccounts')).account as Record<string, unknown>[];
  assert.deepEqual([account!.vmlimit, account!.vmtotal, account!.vmavailable], ['20', 0, '20']);
  assert.deepEqual([account!.accounttype, account!.roletype, account!.domainpath], [0, 'User', 'ROOT/firm']);
  assert.deepEqual(
    (account!.user as Named[]).map(({ username }) => username),
    ['clerk'],
  );
  const [domain] = (await as(clerk, 'listDomains')).domain as Record<string, unknown>[];
  assert.deepEqual([domain!.path, domain!.level, domain!.parentdomainname, domain!.haschild], ['ROOT/firm', 1, 'ROOT', false]);
});

test('getUser answers by an API key that is one’s own to see', async () => {
  assert.equal(((await as(clerk, 'getUser', { userapikey: clerk.apikey })).user as Named).id, clerk.userId);
  assert.equal((await as(clerk, 'getUser', { userapikey: other.apikey })).errorcode, 431);
});

test('nobody acts on those who may do more, or who are none of his', async () => {
  const [admin] = (await server.call('listUsers', { username: 'admin' })).user as Named[];
  for (const command of ['getUserKeys', 'registerUserKeys', 'updateUser']) {
    for (const [person, id] of [
      [clerk, chief.userId],
      [clerk, other.userId],
      [chief, admin!.id],
      [chief, other.userId],
      [other, admin!.id],
    ] as const) {
      const { errorcode } = await as(person, command, { id });
      assert.ok(errorcode === 431 || errorcode === 531, `${person.name} ${command}: ${errorcode}`);
    }
  }
  assert.equal((await as(chief, 'getUserKeys', { id: clerk.userId })).errorcode, undefined);
});

test('whoever changes his own password says the old one; his sessions end; an admin needs not know it', async () => {
  const person = await makePerson(server.cloud.db, server.cloud.secrets, 'changer', 'User', '/firm/');
  const change = (by: Person, values: object) => as(by, 'updateUser', { id: person.userId, ...values });
  assert.match((await change(person, { password: 'brand-new-1' })).errortext!, /missing parameter currentpassword/);
  assert.match((await change(person, { password: 'brand-new-1', currentpassword: 'guess' })).errortext!, /not right/);
  assert.match(
    (await change(person, { password: 'short', currentpassword: 'password of changer' })).errortext!,
    /at least 8 characters, and this one has 5/,
  );
  assert.equal(await login('changer', 'password of changer', 'firm'), 200);
  assert.equal((await change(person, { password: 'brand-new-1', currentpassword: 'password of changer' })).errorcode, undefined);
  assert.deepEqual(await server.cloud.db.selectFrom('session').selectAll().where('user_id', '=', person.userId).execute(), []);
  assert.deepEqual(
    [await login('changer', 'password of changer', 'firm'), await login('changer', 'brand-new-1', 'firm')],
    [531, 200],
  );
  assert.equal((await change(chief, { password: 'from-the-chief', firstname: 'Chang' })).errorcode, undefined);
  assert.equal(await login('changer', 'from-the-chief', 'firm'), 200);
  assert.match((await change(chief, { username: 'clerk' })).errortext!, /already a user clerk/);
});

test('certificates are issued to admins: for a name with a key that lies sealed, or for a request', async () => {
  const authority = (await server.call('listCaCertificate')).cacertificates as unknown as { certificate: string };
  const job = await server.job('issueCertificate', {
    domain: 'host.example,other.example',
    ipaddress: '192.0.2.1',
    duration: 10,
  });
  const made = job.jobresult.certificates as unknown as { certificate: string; privatekey: string; cacertificates: string };
  const certificate = new X509Certificate(made.certificate);
  assert.equal(made.cacertificates, authority.certificate);
  assert.equal(certificate.subjectAltName, 'DNS:host.example, DNS:other.example, IP Address:192.0.2.1');
  assert.match(made.privatekey, /BEGIN PRIVATE KEY/);
  assert.ok(
    !JSON.stringify(await server.cloud.db.selectFrom('job').selectAll().execute()).includes(made.privatekey.slice(40, 80)),
  );
  const guid = randomUUID();
  const hosts = (await server.job('issueCertificate', { domain: guid })).jobresult.certificates as unknown as typeof made;
  assert.equal(new X509Certificate(hosts.certificate).subject, `O=virtstack host\nCN=${guid}`);
  assert.equal(certificate.subject, 'CN=host.example');
  assert.match((await server.call('issueCertificate', { csr: 'nonsense' })).errortext!, /must be PKCS#10/);
  assert.match((await server.call('issueCertificate')).errortext!, /give a csr, or a domain/);
  assert.match((await server.call('issueCertificate', { domain: 'a b' })).errortext!, /neither a host name/);
  assert.equal((await as(chief, 'issueCertificate', { domain: 'host.example' })).errorcode, 432);
});

test('SSH keys: made, registered, listed, deleted; a name once for an account', async () => {
  const made = (await as(clerk, 'createSSHKeyPair', { name: 'laptop' })).keypair as unknown as {
    id: string;
    fingerprint: string;
  };
  assert.match((await as(clerk, 'createSSHKeyPair', { name: 'laptop' })).errortext!, /already an SSH key laptop/);
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@host';
  assert.equal((await as(clerk, 'registerSSHKeyPair', { name: 'desk', publickey: key })).errorcode, undefined);
  assert.match(
    (await as(clerk, 'registerSSHKeyPair', { name: 'bad', publickey: 'ssh-rsa xx' })).errortext!,
    /damaged|not an SSH public key/,
  );
  assert.equal((await as(clerk, 'listSSHKeyPairs')).count, 2);
  assert.equal((await as(clerk, 'listSSHKeyPairs', { fingerprint: made.fingerprint })).count, 1);
  assert.equal(
    (await as(chief, 'createSSHKeyPair', { name: 'laptop', account: 'clerk', domainid: clerk.domainId })).errorcode,
    431,
  );
  assert.equal(
    (await as(other, 'deleteSSHKeyPair', { name: 'laptop', account: 'clerk', domainid: clerk.domainId })).errorcode,
    431,
  );
  assert.equal((await as(clerk, 'deleteSSHKeyPair', { name: 'laptop' })).success, true);
  assert.match((await as(clerk, 'deleteSSHKeyPair', { name: 'laptop' })).errortext!, /no SSH key laptop/);
});

test('what was done is an event of who did it, and what failed too', async () => {
  await as(clerk, 'createSSHKeyPair', { name: 'eventful' });
  await as(clerk, 'createSSHKeyPair', { name: 'eventful' });
  const events = (await as(clerk, 'listEvents', { type: 'SSH.KEYPAIR.CREATE', pagesize: 2, page: 1 })).event as {
    level: string;
    description: string;
    username: string;
  }[];
  assert.deepEqual(
    events.map(({ level }) => level),
    ['ERROR', 'INFO'],
  );
  assert.match(events[0]!.description, /already an SSH key eventful/);
  assert.ok(events.every(({ username }) => username === 'clerk'));
  assert.deepEqual(await as(other, 'listEvents', { listall: true, type: 'SSH.KEYPAIR.CREATE' }), {});
});

test('a job is its owner’s to see, and admins’', async () => {
  const { jobid } = await server.call('registerUserKeys', { id: other.userId });
  assert.equal((await as(chief, 'queryAsyncJobResult', { jobid: jobid! })).errorcode, 431);
  const job = await server.call('queryAsyncJobResult', { jobid: jobid! });
  assert.deepEqual(
    [job.jobid, job.cmd, job.jobinstancetype, job.jobinstanceid],
    [jobid, 'registerUserKeys', 'User', other.userId],
  );
  assert.equal((await server.call('queryAsyncJobResult', { resourceid: other.userId, resourcetype: 'user' })).jobid, jobid);
  const since = new Date(Date.now() - 60_000).toISOString();
  assert.ok(
    ((await server.call('listAsyncJobs', { startdate: since })).asyncjobs as { jobid: string }[]).some(
      (one) => one.jobid === jobid,
    ),
  );
});
