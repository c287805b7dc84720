import { mkdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startBrowser } from '@virtstack/ui/testing/browser.ts';
import type { Browser, Locator, Page } from 'playwright-core';
import { Cloud, eventually, virsh } from './cloud.ts';

/** With VIRTSTACK_SCREENSHOTS=DIR every stage is kept as a picture. */
const pictures = process.env.VIRTSTACK_SCREENSHOTS;
const longest = { timeout: 120_000 };

describe('the page, before a real cloud', () => {
  const cloud = new Cloud();
  let browser: Browser;
  let page: Page;
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const row = (name: string, state: string): Locator =>
    page.getByRole('grid', { name: 'Instances' }).getByRole('row').filter({ hasText: name }).filter({ hasText: state });
  const picture = async (name: string): Promise<void> => {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png` });
  };

  before(async () => {
    await cloud.up();
    browser = await startBrowser();
    page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(cloud.admin.url);
  });
  after(async () => {
    await browser?.close();
    await cloud.end();
  });

  it('refuses a wrong password and takes the right one', async () => {
    await page.getByLabel('User name').fill(cloud.admin.username);
    await page.getByLabel('Password').fill('wrong');
    await button('Log in').click();
    await page.getByText(/authenticate/).waitFor();
    await page.getByLabel('Password').fill(cloud.admin.password);
    await button('Log in').click();
    await page.getByText('No instances yet').waitFor();
    await picture('1-empty');
  });

  it('deploys an instance, and shows it running', async () => {
    await button('Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('from-browser');
    await picture('2-deploy');
    await button('Deploy').click();
    await page.getByRole('heading', { name: 'from-browser' }).waitFor();
    await button('Stop').and(page.locator(':not([aria-disabled=true])')).waitFor(longest);
    await picture('3-running');
  });

  it('shows the guest’s boot in its console, where one can log in', async () => {
    await page.getByRole('tab', { name: 'Console' }).click();
    const screen = page.locator('.xterm-rows');
    await screen.getByText('login:').last().waitFor(longest);
    await page
      .getByLabel(/^Serial console/)
      .getByRole('textbox')
      .focus();
    await page.keyboard.type('tiny\n');
    await screen.getByText('assword:').last().waitFor(longest);
    await page.keyboard.type('tiny\n');
    await eventually(
      'a prompt',
      () => screen.textContent(),
      (text) => /[$#]\s*$/.test(text ?? ''),
      60_000,
    );
    await page.keyboard.type('echo seen-by-$(whoami)\n');
    await screen.getByText('seen-by-tiny').last().waitFor(longest);
    await picture('4-console');
  });

  it('follows what virsh does, within two seconds and without a reload', async () => {
    await page.getByRole('link', { name: 'Instances' }).first().click();
    await row('from-browser', 'Running').waitFor();
    await picture('5-instances');
    const [machine] = await cloud.api.list('listVirtualMachines', { listall: true });
    await virsh('destroy', machine!.instancename!);
    await eventually(
      'the API says Stopped',
      () => cloud.machine(machine!.id!),
      (found) => found?.state === 'Stopped',
      2_000,
    );
    await row('from-browser', 'Stopped').waitFor({ timeout: 6_000 });
  });

  it('starts, stops and destroys', async () => {
    const choose = async (action: string): Promise<void> => {
      await row('from-browser', '').getByRole('button').click();
      await page.getByRole('menuitem', { name: action }).click();
    };
    const confirm = (name: string): Promise<void> => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    await choose('Start');
    await row('from-browser', 'Running').waitFor(longest);
    await choose('Stop');
    await page.getByLabel('Power off at once').check();
    await confirm('Stop');
    await row('from-browser', 'Stopped').waitFor(longest);
    await choose('Destroy');
    await page.getByLabel('Expunge at once').check();
    await confirm('Destroy');
    await page.getByText('No instances yet').waitFor(longest);
  });
});
