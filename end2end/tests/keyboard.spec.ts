// Everything is reached with the keyboard alone, and what has the focus is seen to have it.
import type { Page } from '@playwright/test';

import { composer, open } from '../fixtures/page.ts';
import { PAGES } from '../fixtures/places.ts';
import { expect, test } from '../fixtures/test.ts';

/** Remembers everything on the page that a mouse could use, and returns how many things that are. */
const remember = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const usable = 'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex="0"]';
    const found = [...document.querySelectorAll<HTMLElement>(usable)].filter((element) => {
      const box = element.getBoundingClientRect();
      return element.checkVisibility({ visibilityProperty: true }) && box.width > 0 && box.height > 0;
    });
    Object.assign(window, { unreached: new Set(found) });
    return found.length;
  });

/** Ticks off what has the focus, and tells whether that can be seen on it or around it. */
const tickOff = (page: Page): Promise<{ what: string; seen: boolean }> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    (window as unknown as { unreached: Set<HTMLElement> }).unreached.delete(element);
    const outlined = (candidate: Element | null): boolean => {
      if (!candidate || candidate === document.body) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || outlined(candidate.parentElement);
    };
    return { what: element.outerHTML.slice(0, 160), seen: element === document.body || outlined(element) };
  });

const unreached = (page: Page): Promise<string[]> =>
  page.evaluate(() => [...(window as unknown as { unreached: Set<HTMLElement> }).unreached].map((element) => element.outerHTML.slice(0, 160)));

for (const { name, path, status } of PAGES.filter(({ status }) => status === 200)) {
  test(`Tab leads through all of ${name}`, async ({ page, samples }) => {
    expect(status).toBe(200);
    await open(page, path(samples));
    const count = await remember(page);
    expect(count).toBeGreaterThan(8);
    const unseen: string[] = [];
    for (let press = 0; press < count + 10 && (press < 3 || (await unreached(page)).length > 0); press++) {
      await page.keyboard.press('Tab');
      const { what, seen } = await tickOff(page);
      if (!seen) unseen.push(what);
    }
    expect(await unreached(page), 'all is reached').toEqual([]);
    expect(unseen, 'the focus is seen everywhere').toEqual([]);
  });
}

test('the first Tab offers to skip to the page', async ({ page, samples }) => {
  await open(page, `/projects/${samples.project}`);
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the page' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => !!document.activeElement?.closest('main'))).toBe(true);
});

test('? lists the keys', async ({ page }) => {
  await open(page, '/');
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await expect(keys).toBeVisible();
  for (const text of ['Ctrl', 'Go to Helpers', 'This list']) await expect(keys.getByText(text).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();
});

test('keys mean themselves while one writes', async ({ page, samples }) => {
  await open(page, `/conversations/${samples.conversation}`);
  await composer(page).focus();
  await page.keyboard.type('go ? or /not');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(composer(page)).toHaveValue('go ? or /not');
  await composer(page).fill('');
});

test('g and a letter lead to a place', async ({ page }) => {
  await open(page, '/');
  for (const [key, heading] of [['h', 'Helpers'], ['p', 'Projects'], ['c', 'Conversations'], ['o', 'Overview']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  }
});

test('a g that led nowhere does not take the time of the next', async ({ page }) => {
  await open(page, '/');
  await page.keyboard.press('g');
  await page.waitForTimeout(1300);
  await page.keyboard.press('g');
  await page.waitForTimeout(400);
  await page.keyboard.press('p');
  await expect(page.getByRole('heading', { level: 1, name: 'Projects' })).toBeVisible();
});

test('the palette leads anywhere', async ({ page, samples }) => {
  await open(page, '/');
  const palette = page.getByRole('dialog', { name: 'Search or do anything' });
  await page.keyboard.press('Control+k');
  await expect(palette).toBeVisible();
  await expect(palette.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('archivist');
  await expect(palette.getByRole('option', { selected: true })).toContainText('the_archivist');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/helpers\/the_archivist$/);
  await expect(palette).toBeHidden();

  await page.keyboard.press('/');
  await page.keyboard.type('sample conv');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/conversations/${samples.conversation}$`));

  await page.keyboard.press('Control+k');
  await page.keyboard.type('offline');
  await page.keyboard.press('ArrowUp');
  await expect(palette.getByRole('option', { selected: true })).toContainText('Search messages for “offline”');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Messages found' })).toBeVisible();

  await page.keyboard.press('Control+k');
  await expect(palette).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
});
