import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { answer, button, choose, logIn, pages, row, violations } from './testing/pages.ts';

const { visit, sizes } = pages();

test('the first load stays below 350 KB packed, and the terminal comes later', () => {
  assert.ok(sizes().firstLoadGzipBytes < 350 * 1024, `${sizes().firstLoadGzipBytes}`);
  assert.ok(sizes().laterGzipBytes > 50 * 1024, `${sizes().laterGzipBytes}`);
});

test('a wrong password is answered in the server’s words, the right one shows that there is nothing yet', () =>
  visit(async ({ page }) => {
    await logIn(page, 'wrong');
    await page.getByText('Failed to authenticate user').waitFor();
    await logIn(page);
    await page.getByText('No instances yet').waitFor();
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByLabel('User name').waitFor();
  }));

test('an instance is deployed in one click, and its page opens while the job runs', () =>
  visit(async ({ page }) => {
    await logIn(page);
    await button(page, 'Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('web-1');
    await button(page, 'Deploy').click();
    await page.getByRole('heading', { name: 'web-1' }).waitFor();
    await page.getByText('1 running').waitFor();
    await button(page, 'Stop').and(page.locator(':not([aria-disabled=true])')).waitFor();
    await page.getByRole('link', { name: 'Instances' }).first().click();
    await row(page, 'web-1', 'Running', 'tiny-linux', 'host-1', 'KVM · HVM').waitFor();
  }));

test('what the server refuses stands beside its field, and what was typed stays', () =>
  visit(async ({ page }) => {
    await logIn(page);
    await page.getByText('No instances yet').waitFor();
    await page.goto(page.url().replace(/\/client\/.*/, '/client/instances/deploy'));
    await page.getByLabel('Name', { exact: true }).fill('Bad Name');
    await page.getByLabel('SSH key').selectOption('Paste a new key…');
    await page.getByLabel('Public key').fill('ssh-ed25519 AAAA ann@laptop');
    await button(page, 'The same by API').click();
    await page.getByText("cmk deploy virtualmachine name='Bad Name'").waitFor();
    await button(page, 'Deploy').click();
    await page.getByText('Invalid parameter name value=Bad Name').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Bad Name');
    assert.equal(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Name', { exact: true }).fill('good');
    await page.getByLabel('SSH key').selectOption('ann@laptop');
    await button(page, 'Deploy').click();
    await page.getByRole('heading', { name: 'good' }).waitFor();
    await page.getByText('ann@laptop').waitFor();
  }));

test('a job that failed stays unread, through a reload, until its error was opened', () =>
  visit(async ({ page }) => {
    await logIn(page);
    await button(page, 'Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('big');
    await page.getByLabel('Size').selectOption({ label: 'Huge Instance: 64 vCPU, 1 TiB' });
    await button(page, 'Deploy').click();
    await page.getByText('1 failed').waitFor();
    await page.reload();
    await page.getByText('1 failed').waitFor();
    await button(page, 'Jobs').click();
    await page.getByRole('button', { name: 'Details of Deploy big' }).click();
    await page.getByRole('definition').filter({ hasText: 'No host has 1 TiB of memory free: host-1 has 3.8 GiB' }).waitFor();
    await page.getByText('cmk deploy virtualmachine name=big').waitFor();
    await page.getByText('1 failed').waitFor({ state: 'hidden' });
  }));

test('stop, start, destroy, recover and expunge go round; what is impossible says why', () =>
  visit(async ({ page, server }) => {
    server.cloud.add('web-1', 'Running');
    await logIn(page);
    await row(page, 'web-1', 'Running').getByRole('button').click();
    await page.getByRole('menuitem', { name: 'Start' }).hover();
    await page.getByRole('tooltip', { name: 'Needs an instance that is Stopped; this one is Running.' }).waitFor();
    await page.keyboard.press('Escape');
    await choose(page, 'web-1', 'Stop');
    await page.getByLabel('Power off at once').check();
    await answer(page, 'Stop');
    await row(page, 'web-1', 'Stopped').waitFor();
    await choose(page, 'web-1', 'Start');
    await row(page, 'web-1', 'Running').waitFor();
    await choose(page, 'web-1', 'Destroy');
    await answer(page, 'Destroy');
    await row(page, 'web-1', 'Destroyed').waitFor();
    await choose(page, 'web-1', 'Recover');
    await row(page, 'web-1', 'Stopped').waitFor();
    await choose(page, 'web-1', 'Destroy');
    await page.getByLabel('Expunge at once').check();
    await answer(page, 'Destroy');
    await page.getByText('No instances yet').waitFor();
  }));

test('a search is in the address; one that the server cannot do says what it can', () =>
  visit(async ({ page, server }) => {
    for (let i = 1; i <= 45; i += 1) server.cloud.add(`web-${i}`, i % 2 ? 'Running' : 'Stopped');
    await logIn(page);
    await page.getByRole('button', { name: 'Go to next page' }).click();
    await row(page, 'web-21').waitFor();
    assert.match(page.url(), /page=2/);
    await page.getByLabel('Search').fill('state:stopped web-4');
    await row(page, 'web-44').waitFor();
    assert.match(page.url(), /filter=state%3Astopped\+web-4/);
    assert.doesNotMatch(page.url(), /page=2/);
    await page.reload();
    await row(page, 'web-44').waitFor();
    assert.equal(await row(page, 'web-').count(), 4);
    await page.getByLabel('Search').fill('flavour:big');
    await page.getByText('There is no “flavour:” here.').waitFor();
    await page.getByLabel('Search').fill('nothing-like-it');
    await page.getByText('Nothing fits this search').waitFor();
  }));

test('a change made elsewhere shows by itself, and the page does not jump', () =>
  visit(async ({ page, server }) => {
    for (let i = 1; i <= 40; i += 1) server.cloud.add(`web-${i}`, 'Running');
    await logIn(page);
    await row(page, 'web-20').scrollIntoViewIfNeeded();
    const place = (): Promise<number> => page.locator('#content').evaluate((content) => content.scrollTop);
    const scrolled = await place();
    assert.ok(scrolled > 0);
    for (const vm of server.cloud.vms.values()) if (vm.name === 'web-20') vm.state = 'Stopped';
    await row(page, 'web-20', 'Stopped').waitFor();
    assert.equal(await place(), scrolled);
  }));

const screen = (page: Page): Locator => page.locator('.xterm-rows');
const typeInto = async (page: Page, text: string): Promise<void> => {
  await page
    .getByLabel(/^Serial console/)
    .getByRole('textbox')
    .focus();
  await page.keyboard.type(text);
};

test('the console takes keys, Ctrl-C and pasted text; it says when the instance is off and comes back by itself', () =>
  visit(async ({ page, server }) => {
    server.cloud.add('web-1', 'Running');
    await logIn(page);
    await choose(page, 'web-1', 'Console');
    await screen(page).getByText('web-1 login:').waitFor();
    await typeInto(page, 'root');
    await screen(page).getByText('login: root').waitFor();
    await page.keyboard.press('Control+c');
    await screen(page).getByText('root^C').waitFor();
    await button(page, 'Type a text').click();
    await page.getByLabel('Text to type into the console').fill('uname -a');
    await answer(page, 'Send');
    await screen(page).getByText('# uname -a').waitFor();
    await button(page, 'Stop').click();
    await answer(page, 'Stop');
    await page.getByText('web-1 is Stopped. The console connects by itself when it runs.').waitFor();
    await page.getByRole('region', { name: 'Serial console of web-1' }).getByRole('button', { name: 'Start' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await screen(page).getByText('uname -a').first().waitFor();
  }));

test('a console’s address shows the terminal alone, without a log-in', () =>
  visit(async ({ page, server }) => {
    const vm = server.cloud.add('web-1', 'Running');
    await page.goto(`${server.url}console/?ticket=${vm.id}&vm=${vm.id}`);
    await screen(page).getByText('web-1 login:').waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
  }));

test('a session that ended asks for the password and keeps the half-filled form', () =>
  visit(async ({ page, server }) => {
    await logIn(page);
    await button(page, 'Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('kept');
    server.forgetSessions();
    await page.getByRole('dialog').getByText('Your session has ended').waitFor();
    await page.getByRole('dialog').getByLabel('Password').fill('secret');
    await answer(page, 'Log in');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'kept');
    await button(page, 'Deploy').click();
    await page.getByRole('heading', { name: 'kept' }).waitFor();
  }));

test('a lost server is said, and found again', () =>
  visit(async ({ page, context }) => {
    await logIn(page);
    await page.getByText('No instances yet').waitFor();
    await context.route('**/client/api/**', (route) => route.abort());
    await page.getByText('The server does not answer.').waitFor();
    await context.unroute('**/client/api/**');
    await page.getByText('The server does not answer.').waitFor({ state: 'hidden' });
  }));

for (const scheme of ['light', 'dark'] as const)
  test(`axe finds nothing on any page in the ${scheme} theme`, () =>
    visit(async ({ page, server }) => {
      const clean = async (where: string): Promise<void> => assert.deepEqual(await violations(page), [], where);
      const state = ['Running', 'Stopped', 'Error', 'Destroyed', 'Starting'];
      server.cloud.add('vm-open', 'Running');
      const [vm] = state.map((each) => server.cloud.add(`vm-${each.toLowerCase()}`, each));
      await page.getByLabel('User name').waitFor();
      await clean('log in');
      await logIn(page);
      await row(page, 'vm-running').waitFor();
      assert.equal(await page.locator('html').evaluate((html) => html.classList.contains('pf-v6-theme-dark')), scheme === 'dark');
      await clean('instances');
      await choose(page, 'vm-running', 'Destroy');
      await clean('destroy');
      await answer(page, 'Destroy');
      await row(page, 'vm-running', 'Destroyed').waitFor();
      await button(page, 'Jobs').click();
      await page.getByRole('button', { name: /^Details of Destroy/ }).click();
      await clean('jobs');
      await button(page, 'Deploy an instance').first().click();
      await button(page, 'The same by API').click();
      await button(page, 'User data').click();
      await page.getByLabel('User data').last().waitFor();
      await clean('deploy');
      await page.goto(`${server.url}instances/${vm?.id}`);
      await page.getByText('ROOT-1').waitFor();
      await clean('an instance');
      await page.getByRole('tab', { name: 'Console' }).click();
      await page.getByText('vm-running is Destroyed.').waitFor();
      await clean('console');
      await page.getByRole('link', { name: 'Instances' }).first().click();
      await choose(page, 'vm-open', 'Console');
      await screen(page).getByText('vm-open login:').waitFor();
      await clean('an open console');
      await page.goto(`${server.url}instances/${vm?.id}/events`);
      await page.getByText('destroyVirtualMachine vm-running').waitFor();
      await clean('events');
    }, scheme));
