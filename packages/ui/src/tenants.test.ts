import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { answer, button, logIn, pages, row, violations } from './testing/pages.ts';

const { visit } = pages();

const showCode = async (page: Page, code: string): Promise<void> => {
  await page.getByRole('textbox', { name: /^Code/ }).fill(code);
  await button(page, 'Confirm').click();
};
const typePasswords = async (page: Page, current: string, password: string, again = password): Promise<void> => {
  await page.getByLabel('Password until now').fill(current);
  await page.getByLabel(/^New password\W*$/).fill(password);
  await page.getByLabel('New password again').fill(again);
};
const fieldError = (page: Page, label: string): Locator =>
  page
    .locator('.pf-v6-c-form__group')
    .filter({ has: page.getByLabel(new RegExp(`^${label}\\W*$`)) })
    .locator('.pf-v6-c-helper-text__item.pf-m-error');
const inProject = (page: Page, name: string): Locator => page.getByRole('banner').getByRole('button', { name, exact: true });
const switchTo = async (page: Page, from: string, to: string): Promise<void> => {
  await inProject(page, from).click();
  await page.getByRole('option', { name: to }).click();
};
const shop = { id: '0b8d0f7e-0000-4000-8000-000000000001', name: 'shop', state: 'Active', domain: 'firm' };
const bakery = { id: '0b8d0f7e-0000-4000-8000-000000000002', name: 'bakery', state: 'Suspended', domain: 'firm' };
const ofShop = { projectid: shop.id, project: shop.name, account: undefined, domainpath: 'ROOT/firm' };

test('the second factor is asked for after the password; a wrong code is told, and a reload asks on', () =>
  visit(async ({ page, server }) => {
    server.asks.factor = 'code';
    await logIn(page);
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    await showCode(page, '000000');
    await page.getByText('The code was not taken').waitFor();
    assert.equal(await page.getByRole('textbox', { name: /^Code/ }).and(page.locator(':focus')).inputValue(), '');
    await button(page, 'The device is lost, or shows no code that is taken').click();
    await page.getByText(/An administrator above you can take the second factor off/).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    await showCode(page, '123456');
    await page.getByText('No instances yet').waitFor();
  }));

test('whoever is to have a second factor and has none gets a secret for his device, and the first code opens the pages', () =>
  visit(async ({ page, server }) => {
    server.asks.factor = 'set-up';
    await logIn(page);
    await button(page, 'Set it up').click();
    await page.getByText('ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567').waitFor();
    assert.ok(await page.getByRole('img', { name: /QR code/ }).isVisible());
    await showCode(page, '123456');
    await page.getByText('No instances yet').waitFor();
  }));

test('a second factor that an admin demands in the midst of work leaves the half-filled form as it is', () =>
  visit(async ({ page, server }) => {
    await logIn(page);
    await button(page, 'Deploy an instance').first().click();
    await page.getByLabel('Name', { exact: true }).fill('kept');
    server.asks.factor = 'set-up';
    await answer(page, 'Set it up');
    await page.getByRole('dialog').getByRole('textbox', { name: /^Code/ }).fill('123456');
    await answer(page, 'Confirm');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'kept');
  }));

test('a password that must be changed comes before everything; what is wrong with it stands where it was typed', () =>
  visit(async ({ page, server }) => {
    server.asks.password = true;
    await logIn(page);
    await page.getByText('Your password must be changed before you go on.').waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    await typePasswords(page, 'secret', 'longer than eight', 'other');
    await page.getByText('The two are not the same.').waitFor();
    assert.ok(await button(page, 'Change it').isDisabled());
    await typePasswords(page, 'secret', 'abc');
    await button(page, 'Change it').click();
    await fieldError(page, 'New password').getByText('it has at least 8 characters, and this one has 3').waitFor();
    await typePasswords(page, 'wrong', 'longer than eight');
    await button(page, 'Change it').click();
    await fieldError(page, 'Password until now').getByText('The current password is not right.').waitFor();
    await typePasswords(page, 'secret', 'longer than eight');
    await button(page, 'Change it').click();
    await page.getByText('No instances yet').waitFor();
  }));

test('a password is changed from the menu, and the page goes on although all sessions have ended', () =>
  visit(async ({ page }) => {
    await logIn(page);
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('menuitem', { name: 'Change password' }).click();
    await typePasswords(page, 'secret', 'longer than eight');
    await answer(page, 'Change it');
    await page.getByText('The password was changed').waitFor();
    await answer(page, 'Close');
    await page.reload();
    await page.getByText('No instances yet').waitFor();
  }));

test('nobody sees what the one before him saw', () =>
  visit(async ({ page, server }) => {
    server.cloud.add('secret-1', 'Running');
    await logIn(page);
    await row(page, 'secret-1').waitFor();
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByLabel('User name').fill('ben');
    await page.getByLabel('Password').fill('secret');
    const asked = Promise.withResolvers<void>();
    await page.route(/command=listVirtualMachines/, async (route) => {
      await asked.promise;
      await route.continue();
    });
    await button(page, 'Log in').click();
    await page.getByRole('heading', { name: 'Instances' }).waitFor();
    assert.equal(await row(page, 'secret-1').count(), 0);
    asked.resolve();
    await row(page, 'secret-1').waitFor();
  }));

test('whoever is in no project is not bothered; of several one is chosen, goes with every page, and stays over a reload', () =>
  visit(async ({ page, server }) => {
    server.cloud.add('own-1', 'Running');
    server.cloud.add('shop-1', 'Running', ofShop);
    await logIn(page);
    await row(page, 'own-1').waitFor();
    assert.equal(await inProject(page, 'No project').count(), 0);
    server.cloud.projects.push(shop, bakery);
    await page.reload();
    await switchTo(page, 'No project', 'shop');
    await row(page, 'shop-1').waitFor();
    assert.equal(await row(page, 'own-1').count(), 0);
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('link', { name: 'Instances' }).click();
    await page.reload();
    await inProject(page, 'Project: shop').waitFor();
    await row(page, 'shop-1').waitFor();
    await switchTo(page, 'Project: shop', 'Everything');
    await row(page, 'own-1', 'admin').waitFor();
    await row(page, 'shop-1', 'Project shop (ROOT/firm)').waitFor();
    await switchTo(page, 'Everything', 'bakery');
    await page.getByText('The project bakery is Suspended: nothing is made or started in it.').waitFor();
    await page.goBack();
    await row(page, 'own-1').waitFor();
  }));

test('of many projects the wanted one is found by its name', () =>
  visit(async ({ page, server }) => {
    for (let i = 10; i < 40; i += 1)
      server.cloud.projects.push({ ...shop, id: shop.id.replace(/..$/, String(i)), name: `team-${i}` });
    await logIn(page);
    await inProject(page, 'No project').click();
    await page.getByRole('option', { name: 'team-10' }).waitFor();
    assert.equal(await page.getByRole('option', { name: 'team-37' }).count(), 0);
    await page.getByLabel('Find a project').fill('37');
    await page.getByRole('option', { name: 'team-10' }).waitFor({ state: 'hidden' });
    await page.getByRole('option', { name: 'team-37' }).click();
    await inProject(page, 'Project: team-37').waitFor();
  }));

test('what is deployed in a project is the project’s, and its page says so', () =>
  visit(async ({ page, server }) => {
    server.cloud.projects.push(shop);
    await logIn(page);
    await switchTo(page, 'No project', 'shop');
    await button(page, 'Deploy an instance').first().click();
    await page.getByText('It will belong to the project shop.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('shop-2');
    await button(page, 'Deploy').click();
    await page.getByRole('heading', { name: 'shop-2' }).waitFor();
    await page.getByRole('definition').filter({ hasText: 'Project shop' }).waitFor();
    const [made] = server.cloud.vms.values();
    assert.equal(made?.projectid, shop.id);
  }));

test('a project that is gone is said, with the way out of it', () =>
  visit(async ({ page, server }) => {
    await logIn(page);
    await page.getByText('No instances yet').waitFor();
    await page.goto(`${server.url}instances?project=${shop.id}`);
    await page.getByText('You are in a project that you cannot see').waitFor();
    await button(page, 'Leave it').click();
    await page.getByText('No instances yet').waitFor();
    assert.doesNotMatch(page.url(), /project/);
  }));

test('what is used of the limits stands beside the form, and a refusal says where room can be made', () =>
  visit(async ({ page, server }) => {
    server.cloud.limits.vms = 1;
    await logIn(page);
    await button(page, 'Deploy an instance').first().click();
    await page.getByRole('complementary', { name: 'Limits of admin' }).getByText('0 of 1').waitFor();
    server.cloud.add('web-1', 'Running');
    await page.getByText('1 of 1, 1 wanted').waitFor();
    await page.getByText('This instance does not fit').waitFor();
    await button(page, 'Deploy').click();
    await page.getByText('It was not deployed: a limit is reached').waitFor();
    await page.getByText(/limit 1, in use 1, wanted 1\. Give some back, or ask an administrator/).waitFor();
    await page.getByRole('link', { name: 'Look for instances to give back' }).click();
    await row(page, 'web-1').waitFor();
  }));

for (const scheme of ['light', 'dark'] as const)
  test(`axe finds nothing on what is asked of users, and in projects, in the ${scheme} theme`, () =>
    visit(async ({ page, server }) => {
      const clean = async (where: string): Promise<void> => assert.deepEqual(await violations(page), [], where);
      server.cloud.projects.push(shop, bakery);
      server.cloud.limits.vms = 0;
      server.asks.factor = 'code';
      await logIn(page);
      await showCode(page, '000000');
      await page.getByText('The code was not taken').waitFor();
      await clean('a code');
      await button(page, 'Log in as somebody else').click();
      server.asks.factor = 'set-up';
      server.asks.password = true;
      await logIn(page);
      await button(page, 'Set it up').click();
      await page.getByRole('img', { name: /QR code/ }).waitFor();
      await clean('a second factor');
      await showCode(page, '123456');
      await typePasswords(page, 'secret', 'abc');
      await button(page, 'Change it').click();
      await fieldError(page, 'New password').waitFor();
      await clean('a password');
      await typePasswords(page, 'secret', 'longer than eight');
      await button(page, 'Change it').click();
      await inProject(page, 'No project').click();
      await page.getByRole('option', { name: 'bakery' }).waitFor();
      await clean('the projects');
      await page.getByRole('option', { name: 'bakery' }).click();
      await page.getByText('The project bakery is Suspended').waitFor();
      await clean('a project');
      await button(page, 'Deploy an instance').first().click();
      await page.getByText('This instance does not fit').waitFor();
      await button(page, 'Deploy').click();
      await page.getByText('It was not deployed: a limit is reached').waitFor();
      await clean('limits');
    }, scheme));
