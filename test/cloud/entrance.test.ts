import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeDomain, makePerson, type Person } from '@virtstack/server/accounts/testing.ts';
import { totpCode, totpStep } from '@virtstack/server/accounts/totp.ts';
import { type Admin, admin } from '@virtstack/server/api/handlers/testing.ts';
import { callAs, jobAs, type Values } from '@virtstack/server/http/testing.ts';
import { type TestZone, withZone } from '@virtstack/server/orchestration/testing/zone.ts';
import { buildUi } from '@virtstack/ui/build.ts';
import { startBrowser } from '@virtstack/ui/testing/browser.ts';
import type { Browser, Locator, Page } from 'playwright-core';

/** With VIRTSTACK_SCREENSHOTS=DIR every stage is kept as a picture. */
const pictures = process.env.VIRTSTACK_SCREENSHOTS;

/** One story from beginning to end: each test goes on where the one before it stopped. */
describe('a tenant before the page of a real server', () => {
  let dir: string;
  let zone: TestZone;
  let root: Admin;
  let ann: Person;
  let browser: Browser;
  let page: Page;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'entrance-'));
    await buildUi({ outDir: dir });
    zone = await withZone({ uiDir: dir });
    await zone.addHost();
    root = admin(zone.server);
    const { db, secrets } = zone.server.cloud;
    const domainid = await makeDomain(db, 'firm');
    ann = await makePerson(db, secrets, 'ann', 'User', '/firm/');
    await setting('enable.user.2fa', 'true', domainid);
    await setting('password.policy.minimum.length', '12', domainid);
    browser = await startBrowser();
    page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } })).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${zone.server.url}/client/`);
  });
  after(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const setting = (name: string, value: string, domainid: string): Promise<unknown> =>
    root.make('updateConfiguration', { name, value, domainid });
  const asAnn = (): Admin => {
    const call = (command: string, values?: Values) => callAs(zone.server, ann, command, values);
    return admin({ call, job: (command, values) => jobAs(zone.server, ann, command, values) });
  };
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const inHead = (name: string): Locator => page.getByRole('banner').getByRole('button', { name, exact: true });
  const picture = async (name: string): Promise<void> => {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/entrance-${name}.png` });
  };
  const logIn = async (password: string): Promise<void> => {
    await page.getByLabel('User name').fill('ann');
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Domain').fill('firm');
    await button('Log in').click();
  };
  const logOut = async (): Promise<void> => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
  };
  const show = async (code: string): Promise<void> => {
    await page.getByRole('textbox', { name: /^Code/ }).fill(code);
    await button('Confirm').click();
  };
  /** Codes are good once, and tests do not wait for the next. */
  const freshCode = async (secret: string): Promise<string> => {
    await zone.server.cloud.db.updateTable('users').set({ totp_used: null }).where('id', '=', ann.userId).execute();
    return totpCode(secret, totpStep(Date.now()));
  };

  const changePassword = async (current: string, password: string): Promise<void> => {
    await page.getByLabel('Password until now').fill(current);
    await page.getByLabel(/^New password\W*$/).fill(password);
    await page.getByLabel('New password again').fill(password);
    await button('Change it').click();
  };

  it('asks for a new password before anything else, and says what the policy misses', async () => {
    await root.make('updateUser', { id: ann.userId, passwordchangerequired: true });
    await logIn('password of ann');
    await changePassword('password of ann', 'too short');
    await page.getByText('it has at least 12 characters, and this one has 9').waitFor();
    await picture('password');
    await changePassword('wrong', 'long enough now');
    await page.getByText('The current password is not right.').waitFor();
    await changePassword('password of ann', 'long enough now');
    await page.getByText('No instances yet').waitFor();
    await logOut();
    await logIn('password of ann');
    await page.getByText(/authenticate/).waitFor();
    await logIn('long enough now');
    await page.getByText('No instances yet').waitFor();
  });

  it('asks a session that is open too, and leaves its page as it is', async () => {
    await button('Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('half-filled');
    await root.make('updateUser', { id: ann.userId, passwordchangerequired: true });
    await page.getByRole('dialog').getByText('Your password must be changed before you go on.').waitFor();
    await changePassword('long enough now', 'another that is long enough');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'half-filled');
    await page.getByRole('link', { name: 'Instances' }).first().click();
  });

  let secret = '';
  it('has a second factor set up that an admin begins to demand, and asks for it at the next log-in', async () => {
    await root.make('updateUser', { id: ann.userId, mandate2fa: true });
    await page.getByRole('dialog').getByRole('button', { name: 'Set it up' }).click();
    const spelled = page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    secret = (await spelled.innerText()).replaceAll(' ', '');
    await picture('second-factor');
    await show(await freshCode(secret));
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await logOut();
    await logIn('another that is long enough');
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    await picture('code');
    await show(await freshCode(secret));
    await page.getByText('No instances yet').waitFor();
  });

  it('tells wrong codes, and when none is looked at any more', async () => {
    await logOut();
    await logIn('another that is long enough');
    const wrong = ['000000', '111111', '222222', '333333', '444444'].find(
      (code) => ![-2, -1, 0, 1, 2].some((n) => totpCode(secret, totpStep(Date.now()) + n) === code),
    )!;
    for (let n = 0; n < 5; n += 1) {
      await show(wrong);
      await page.getByText('The code was not taken').waitFor();
    }
    await show(await freshCode(secret));
    await page.getByText('Too many attempts').waitFor();
    await page.getByText(/none is looked at before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./).waitFor();
    await picture('locked');
    await root.make('updateUser', { id: ann.userId, mandate2fa: false });
    await root.make('setupUserTwoFactorAuthentication', { userid: ann.userId, enable: false });
    await button('Log in as somebody else').click();
    await logIn('another that is long enough');
    await page.getByText('No instances yet').waitFor();
  });

  it('sets a second factor up for himself, and takes it off', async () => {
    const open = async (): Promise<void> => {
      await page.getByRole('button', { name: /^Account/ }).click();
      await page.getByRole('menuitem', { name: 'Second factor' }).click();
    };
    await open();
    await button('Set it up').click();
    secret = (await page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).innerText()).replaceAll(' ', '');
    await show(await freshCode(secret));
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open();
    await button('Take it off').click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open();
    await button('Set it up').waitFor();
    await page.keyboard.press('Escape');
  });

  it('goes into a project, deploys there, and stays in it over a reload', async () => {
    const { id } = await asAnn().make('createProject', { name: 'shop', displaytext: 'the shop' });
    await root.make('updateResourceLimit', { projectid: id, resourcetype: 0, max: 1 });
    await page.reload();
    await inHead('No project').click();
    await page.getByRole('option', { name: 'shop' }).click();
    await page.getByText('No instances yet').waitFor();
    await button('Deploy an instance').first().click();
    await page.getByText('It will belong to the project shop.').waitFor();
    await page.getByRole('complementary', { name: 'Limits of shop' }).getByText('0 of 1').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('shop-1');
    await picture('deploy');
    await button('Deploy').click();
    await page.getByRole('heading', { name: 'shop-1' }).waitFor();
    await page.getByRole('link', { name: 'Project shop (ROOT/firm)' }).waitFor();
    await button('Stop').and(page.locator(':not([aria-disabled=true])')).waitFor();
    await page.getByText('ROOT-', { exact: false }).first().waitFor();
    await picture('instance');
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByRole('grid', { name: 'Events' }).getByText('VM.CREATE').first().waitFor();
    await page.getByRole('link', { name: 'Instances' }).first().click();
    await page.reload();
    await inHead('Project: shop').waitFor();
    await page.getByRole('grid', { name: 'Instances' }).getByText('shop-1').waitFor();
    const [made] = (await asAnn().list('listVirtualMachines', { projectid: id })).items;
    assert.deepEqual([made?.name, made?.projectid, made?.account], ['shop-1', id, undefined]);
    assert.equal((await asAnn().list('listVirtualMachines', { listall: true })).count, 0);
  });

  it('says the cause, the numbers and the next step where the project’s limit is reached', async () => {
    await button('Deploy an instance').first().click();
    await page.getByText('1 of 1, 1 wanted').waitFor();
    await button('Deploy').click();
    await page.getByText('It was not deployed: a limit is reached').waitFor();
    await page.getByText(/for project shop is exceeded: limit 1, in use 1, wanted 1\. Give some back, or ask/).waitFor();
    await picture('limit');
  });

  it('shows an admin whose everything is', async () => {
    await logOut();
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('first-password');
    await page.getByLabel('Domain').fill('');
    await button('Log in').click();
    await inHead('No project').click();
    await page.getByRole('option', { name: 'Everything' }).click();
    const row = page.getByRole('grid', { name: 'Instances' }).getByRole('row').filter({ hasText: 'shop-1' });
    await row.getByText('Project shop (ROOT/firm)').waitFor();
    await picture('all');
  });
});
