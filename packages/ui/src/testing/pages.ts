import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { buildUi, type UiSizes } from '../build.ts';
import { startBrowser } from './browser.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

type Visit = { readonly page: Page; readonly context: BrowserContext; readonly server: StandIn };
type Scheme = 'light' | 'dark';

/** The built pages and a browser, for the tests of one file. */
export const pages = () => {
  let dir: string;
  let built: UiSizes;
  let browser: Browser;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'virtstack-ui-'));
    built = await buildUi({ outDir: dir });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** A fresh browser before a fresh server; the page may not complain on its console. */
  const visit = async (act: (v: Visit) => Promise<void>, scheme: Scheme = 'light'): Promise<void> => {
    const server = await startStandIn(dir);
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce', viewport });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
        complaints.push(message.text());
    });
    try {
      await page.goto(server.url);
      await act({ page, context, server });
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      await server.close();
    }
  };
  return { visit, sizes: () => built };
};

export const logIn = async (page: Page, password = 'secret'): Promise<void> => {
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
};
export const row = (page: Page, ...texts: readonly string[]): Locator =>
  texts.reduce((found, text) => found.filter({ hasText: text }), page.getByRole('grid', { name: 'Instances' }).getByRole('row'));
export const choose = async (page: Page, name: string, action: string): Promise<void> => {
  await row(page, name).getByRole('button').click();
  await page.getByRole('menuitem', { name: action }).click();
};
export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
export const answer = (page: Page, name: string): Promise<void> =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
type AxeResult = { readonly id: string; readonly nodes: readonly { readonly html: string }[] };

/** What axe has against the page, when it has come to rest. */
export const violations = async (page: Page): Promise<readonly string[]> => {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((each) => each.playState !== 'running' || each.effect?.getTiming().iterations === Number.POSITIVE_INFINITY),
  );
  await page.evaluate(axe);
  const found = await page.evaluate(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }).then((result) => result.violations)",
  );
  return (found as readonly AxeResult[]).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
};
