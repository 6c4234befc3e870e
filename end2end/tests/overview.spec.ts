// The Overview: text, whose parts stay what they are while it moves and whose forms are sent without leaving it.
import type { Page } from '@playwright/test';

import { live, mark, open } from '../fixtures/page.ts';
import { expect, test, UNREACHABLE } from '../fixtures/test.ts';

const feed = (page: Page) => page.getByRole('region', { name: 'Happening now' });
const line = (page: Page) => page.getByRole('region', { name: 'Helpers' }).getByRole('link', { name: /^the_archivist/ });
const name = (page: Page) => page.getByRole('textbox', { name: 'Name of the app' });
const ask = (page: Page) => page.getByRole('button', { name: 'Ask The Author' });

/** Waits until the app is made: a server that is stopped in the middle of it says so in its log. */
const made = (page: Page, app: string) => expect(page.getByRole('link', { name: `Open ${app}` })).toBeVisible({ timeout: 30_000 });

test('what is typed and focused stays while everything around it moves', async ({ page, fresh }) => {
  await open(page, fresh.url('/'));
  const first = feed(page).getByRole('listitem').first();
  await first.evaluate((item) => Object.assign(item, { known: true }));
  await line(page).evaluate((link) => Object.assign(link, { known: true }));
  await name(page).fill('half-typ');

  const id = await fresh.conversation('Seen from the Overview', ['the_archivist']);
  await fresh.say(id, '/summary');
  await expect(feed(page).getByRole('link', { name: /^the_archivist.*Seen from the Overview/ }).first()).toBeVisible();
  await expect(name(page)).toBeFocused();
  await page.keyboard.type('ed');
  await expect(name(page)).toHaveValue('half-typed');
  expect(await line(page).evaluate((link) => 'known' in link)).toBe(true);
  const places = await feed(page).getByRole('listitem').evaluateAll((items) => items.map((item) => 'known' in item));
  expect(places.indexOf(true)).toBeGreaterThan(0);
});

test('what comes in while the page is open glows, and what was there does not', async ({ page, fresh }) => {
  await open(page, fresh.url('/'));
  const line = (text: string) => feed(page).getByRole('listitem').filter({ hasText: text }).first();
  const id = await fresh.conversation('Glows at first', []);
  await fresh.say(id, 'Something.');
  await expect(line('Glows at first')).toHaveClass('glow-a');
  await open(page, fresh.url('/'));
  await expect(line('Glows at first')).not.toHaveClass(/glow/);
  await fresh.say(id, 'Something more.');
  await expect(line('Glows at first')).toHaveClass('glow-a');
});

test('a name that breaks a rule is told at the field, and a better one leads on', async ({ page, fresh, watch }) => {
  watch.provoke(/status of 422/, /answer 422: POST/);
  await open(page, fresh.url('/'));
  const stays = await mark(page);
  await name(page).fill('No Good');
  await ask(page).click();
  await expect(name(page)).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#name-note')).not.toHaveText('Small letters, digits and single dashes.');
  await expect(name(page)).toHaveValue('No Good');
  await name(page).fill('good-one');
  await ask(page).click();
  await page.waitForURL(/\/conversations\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('article').filter({ hasText: '/scaffold good-one' })).toBeVisible();
  await made(page, 'good-one');
  await stays();
});

test('a form whose workshop does not answer says so, and can be sent again', async ({ page, fresh, watch }) => {
  watch.provoke(UNREACHABLE, /request failed: POST/);
  await open(page, fresh.url('/'));
  let asked = 0;
  await page.route('**/api/fn/ask_for_app*', async (route) => (++asked === 1 ? route.abort() : route.continue()));
  await name(page).fill('second-try');
  await ask(page).click();
  await expect(page.getByRole('alert').getByText('The workshop does not answer.')).toBeVisible();
  await ask(page).click();
  await page.waitForURL(/\/conversations\/[0-9a-f-]{36}$/);
  expect(asked).toBe(2);
  await made(page, 'second-try');
});

test('a form is sent once, however often it is pressed', async ({ page, fresh }) => {
  await open(page, fresh.url('/'));
  let asked = 0;
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/fn/ask_for_app*', async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  await name(page).fill('only-once');
  await name(page).press('Enter');
  await expect(page.getByRole('button', { name: 'Asking…' })).toBeDisabled();
  await page.locator('form[data-key="first-app"]').evaluate((form: HTMLFormElement) => form.requestSubmit());
  answer();
  await page.waitForURL(/\/conversations\/[0-9a-f-]{36}$/);
  expect(asked).toBe(1);
  await made(page, 'only-once');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a name that breaks a rule is told at the field', async ({ page, fresh }) => {
    await page.goto(fresh.url('/'));
    await name(page).fill('No Good');
    await ask(page).click();
    await expect(name(page)).toHaveAttribute('aria-invalid', 'true');
    await expect(page.locator('#name-note')).not.toHaveText('Small letters, digits and single dashes.');
  });
});

test('the list of keys is closed by its button', async ({ page }) => {
  await open(page, '/');
  await live(page);
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await page.getByRole('button', { name: 'Keys' }).click();
  await expect(keys).toBeVisible();
  await keys.getByRole('button', { name: 'Close' }).click();
  await expect(keys).toBeHidden();
});
