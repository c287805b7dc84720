import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { type BadImage, serveBadImages } from './bad-images.ts';
import { Cloud, eventually } from './cloud.ts';
import { type RawAnswer, send, sendSigned, type Values } from './raw-call.ts';

const absent = '00000000-0000-4000-8000-000000000000';
const secretUserData = Buffer.from('the-user-data-is-secret').toString('base64');

type Refusal = { uuidList: unknown[]; errorcode: number; cserrorcode: number; errortext: string };
/** The envelope of a refusal: status and code are one, the key is the command's. */
function refusalOf({ status, type, text }: RawAnswer, envelope: string): Refusal {
  assert.match(type, /^application\/json/);
  const body = JSON.parse(text) as Record<string, Refusal>;
  assert.deepEqual(Object.keys(body), [envelope], text);
  const refusal = body[envelope]!;
  assert.deepEqual([refusal.errorcode, refusal.uuidList, typeof refusal.cserrorcode], [status, [], 'number'], text);
  return refusal;
}

describe('bad input', () => {
  const cloud = new Cloud();
  let web: Awaited<ReturnType<typeof serveBadImages>> | undefined;
  let place: { zoneid: string; hypervisor: string };
  let stored: readonly string[];

  const images = (): readonly string[] => readdirSync(`${cloud.dataDir}/images`).sort();
  const machines = async (): Promise<number> => (await cloud.api.list('listVirtualMachines', { listall: true })).length;
  const refused = async (command: CommandName, values: Values, code: number, says: RegExp): Promise<void> => {
    const { errorcode, errortext } = refusalOf(await sendSigned(cloud, command, values), `${command.toLowerCase()}response`);
    assert.equal(errorcode, code, errortext);
    assert.match(errortext, says);
  };

  before(async () => {
    await cloud.up();
    web = await serveBadImages();
    const tiny = (await cloud.api.list('listTemplates', { templatefilter: 'featured' }))[0]!;
    place = { zoneid: tiny.zoneid!, hypervisor: tiny.hypervisor! };
    stored = images();
    await cloud.api.call('updateConfiguration', { name: 'secstorage.allowed.internal.sites', value: '127.0.0.1/32' });
  });
  after(async () => {
    web?.close();
    await cloud.end();
  });

  describe('an image that is none', () => {
    const register = (name: string, image: Pick<BadImage, 'url' | 'checksum'>) => {
      const { url, checksum } = image;
      return cloud.api.one('registerTemplate', { name, displaytext: name, format: 'QCOW2', ...place, url, checksum });
    };
    const settled = (id: string) =>
      eventually(
        'the end of the download',
        async () => (await cloud.api.list('listTemplates', { templatefilter: 'all', id }))[0]!,
        (one) => one.downloaddetails!.every(({ downloadState }) => downloadState !== 'DOWNLOAD_IN_PROGRESS'),
      );

    it('becomes a template that says why, of which nothing is made, and that can be deleted', async () => {
      for (const image of web!.images) {
        const { id } = await register('bad', image);
        const failed = await settled(id!);
        assert.deepEqual([failed.isready, failed.downloaddetails![0]!.downloadState], [false, 'DOWNLOAD_ERROR'], image.what);
        assert.match(failed.status!, image.says, image.what);
        const values = (await cloud.small({ templateid: id! })) as Values;
        await refused('deployVirtualMachine', values, 534, /^Template bad is not ready: its download failed: /);
        const why = JSON.parse((await sendSigned(cloud, 'deployVirtualMachine', values)).text).deployvirtualmachineresponse;
        assert.match(why.errortext, image.says, 'the deployment names the same reason');
        assert.deepEqual(images(), stored, `${image.what} left something in the image store`);
        await cloud.api.job('deleteTemplate', { id: id! });
        assert.deepEqual(await cloud.api.list('listTemplates', { templatefilter: 'all', name: 'bad' }), [], image.what);
      }
      assert.equal(await machines(), 0);
    });

    it('is told from one that is: the same server gives a template that is ready', async () => {
      const { id } = await register('good', { url: web!.good });
      assert.equal((await settled(id!)).isready, true);
      await cloud.api.job('deleteTemplate', { id: id! });
      assert.deepEqual(images(), stored);
    });

    it('is refused from every internal address when the list is empty', async () => {
      await cloud.api.call('resetConfiguration', { name: 'secstorage.allowed.internal.sites' });
      const { id } = await register('closed', { url: web!.good });
      assert.match((await settled(id!)).status!, /127\.0\.0\.1 is an internal address/);
      await cloud.api.job('deleteTemplate', { id: id! });
    });

    it('is refused at once where the address is of another kind or gives a password away', async () => {
      const values = { name: 'x', displaytext: 'x', format: 'QCOW2', ...place };
      const says = /images are downloaded from http:\/\/ and https:\/\/ addresses/;
      for (const url of ['file:///etc/passwd', 'ftp://example.org/x.qcow2', 'nonsense'])
        await refused('registerTemplate', { ...values, url }, 431, says);
      await refused(
        'registerTemplate',
        { ...values, url: 'http://me:secret@example.org/x' },
        431,
        /password in the address would be shown/,
      );
    });
  });

  describe('a deployment that cannot be', () => {
    const deploying = async (more: Values, code: number, says: RegExp): Promise<void> =>
      refused('deployVirtualMachine', (await cloud.small(more)) as Values, code, says);

    it('names the parameter that names nothing, or a thing of another kind', async () => {
      for (const parameter of ['zoneid', 'serviceofferingid', 'templateid', 'networkids', 'hostid'])
        await deploying(
          { [parameter]: absent },
          431,
          new RegExp(`Invalid parameter ${parameter} value=${absent} .*There is no `),
        );
      await deploying({ hostid: place.zoneid }, 431, /Invalid parameter hostid .*There is no host of that id/);
      await deploying({ serviceofferingid: '12' }, 431, /Invalid parameter serviceofferingid value=12: it is not an id/);
    });

    it('says what user data and names are', async () => {
      await deploying({ userdata: 'not base64!' }, 431, /userdata is not base64/);
      await deploying(
        { userdata: 'A'.repeat(1_100_000) },
        431,
        /userdata .*at most 1048576 characters long, and this is 1100000/,
      );
      for (const name of ['web_1', '1web', 'web-', 'wéb', '../etc'])
        await deploying({ name }, 431, new RegExp(`"${name}" cannot be a host name: at most 63 letters, digits and hyphens`));
      await deploying({ name: 'a'.repeat(64) }, 431, /Invalid parameter name .*it is at most 63 characters long, and this is 64/);
    });

    it('says which addresses there are, and which is taken', async () => {
      const [network] = await cloud.api.list('listNetworks', { listall: true });
      const networkids = network!.id!;
      await deploying(
        { networkids, ipaddress: '192.0.2.7' },
        431,
        /192\.0\.2\.7 is not within [\d.]+ to [\d.]+, the addresses of network guest/,
      );
      await deploying({ networkids, ipaddress: '10.0.0.300' }, 431, /10\.0\.0\.300 is not an IPv4 address/);
      const first = await cloud.deploy({ name: 'first', startvm: false });
      await deploying(
        { networkids, ipaddress: first.ipaddress! },
        431,
        new RegExp(`${first.ipaddress} is in use on network guest`),
      );
      await deploying({ name: 'first' }, 431, /has a virtual machine named first already/);
      await cloud.api.job('destroyVirtualMachine', { id: first.id!, expunge: true });
    });

    it('tells with numbers that no host has so much memory, and leaves a machine in Error that can be expunged', async () => {
      const size = { cpunumber: 1, cpuspeed: 500, memory: 4_194_304, storagetype: 'local' };
      const { id: serviceofferingid } = await cloud.api.one('createServiceOffering', { name: 'four tebibytes', ...size });
      const values = (await cloud.small({ serviceofferingid: serviceofferingid!, userdata: secretUserData })) as Values;
      const { id, jobid } = (await cloud.api.call('deployVirtualMachine', values)) as { id: string; jobid: string };
      const job = await eventually(
        'the end of the job',
        () => cloud.api.call('queryAsyncJobResult', { jobid }),
        ({ jobstatus }) => jobstatus !== 0,
      );
      const { errorcode, errortext } = job.jobresult as Refusal;
      assert.deepEqual([job.jobstatus, errorcode], [2, 533]);
      assert.match(
        errortext,
        /needs .* and 4194304 MiB of memory on a \w+ host; host \S+ has \d+ MiB of memory to give.*take a smaller offering/,
      );
      assert.equal((await cloud.machine(id))?.state, 'Error');
      await cloud.api.job('destroyVirtualMachine', { id, expunge: true });
      await cloud.api.call('deleteServiceOffering', { id: serviceofferingid! });
    });

    it('leaves nothing behind', async () => {
      assert.equal(await machines(), 0);
      assert.deepEqual(await cloud.api.list('listVolumes', { listall: true }), []);
    });
  });

  describe('a call that cannot be', () => {
    const words = /^unable to verify user credentials and\/or request signature$/;
    const unauthorized = async (answer: Promise<RawAnswer>, envelope: string): Promise<void> => {
      const { errorcode, errortext } = refusalOf(await answer, envelope);
      assert.equal(errorcode, 401);
      assert.match(errortext, words, 'a stranger is not told what was wrong');
    };

    it('is refused with 401 whatever is wrong with its signature', async () => {
      const expired = { signatureversion: 3, expires: '2020-01-01T00:00:00+0000' };
      await unauthorized(sendSigned(cloud, 'listZones', expired), 'listzonesresponse');
      await unauthorized(sendSigned(cloud, 'listZones', {}, { ...cloud.admin, secretkey: 'guessed' }), 'listzonesresponse');
      await unauthorized(sendSigned(cloud, 'listZones', {}, { ...cloud.admin, apikey: 'guessed' }), 'listzonesresponse');
      await unauthorized(send(cloud, 'command=listZones&response=json'), 'listzonesresponse');
      const inAnHour = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, '+0000');
      assert.equal((await sendSigned(cloud, 'listZones', { signatureversion: 3, expires: inAnHour })).status, 200);
    });

    it('is refused with 432 where there is no such command, after 401 where nobody is known to ask', async () => {
      const { errorcode, errortext } = refusalOf(await sendSigned(cloud, 'makeCoffee'), 'errorresponse');
      assert.equal(errorcode, 432);
      assert.match(errortext, /The given command 'makeCoffee' either does not exist, is not available for user/);
      await unauthorized(send(cloud, 'command=makeCoffee&response=json'), 'errorresponse');
    });

    it('is refused with 431 where a parameter is missing, and names all that are', async () => {
      await refused('deployVirtualMachine', {}, 431, /missing parameter zoneid; .*missing parameter serviceofferingid/);
    });

    it('is refused with 405 where a password would stand in an address, or by a method that is none', async () => {
      const login = `command=login&username=admin&password=${cloud.admin.password}&response=json`;
      assert.equal(refusalOf(await send(cloud, login, 'GET'), 'loginresponse').errorcode, 405);
      const { errorcode, errortext } = refusalOf(
        await send(cloud, 'command=listZones&response=json', 'PUT'),
        'listzonesresponse',
      );
      assert.equal(errorcode, 405);
      assert.match(errortext, /by GET or POST, not by PUT/);
    });

    it('is refused in XML where JSON was not asked for', async () => {
      const { status, type, text } = await send(cloud, 'command=listZones');
      assert.equal(status, 401);
      assert.match(type, /^text\/xml/);
      assert.match(text, /^<\?xml .*<listzonesresponse cloud-stack-version="[\d.]+">.*<errorcode>401<\/errorcode>/);
    });
  });

  it('leaves no secret in a log', () => {
    for (const name of ['server', 'agent', 'image-store', 'virtstack'])
      for (const secret of [cloud.admin.secretkey, cloud.admin.password, secretUserData, 'the-user-data-is-secret', 'me:secret'])
        assert.ok(!cloud.log(name).includes(secret), `${name}.log has ${secret}`);
  });
});
