// Light and dark: as the system has it, or as chosen, and known before the first byte.
import type { Page } from '@playwright/test';

import { open } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';

const ground = (page: Page) =>
  page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3 > 128 ? 'light' : 'dark';
  });

const choose = async (page: Page, name: string) => {
  await page.getByTitle('Appearance').click();
  const kept = page.waitForResponse((response) => response.url().endsWith('/api/fn/choose_theme'));
  await page.getByRole('button', { name }).click();
  await kept;
};

test('the choice is kept, and a reload does not flash', async ({ page, request, context }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, '/');
  expect(await ground(page)).toBe('light');
  await choose(page, 'Dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect.poll(() => ground(page)).toBe('dark');

  // The server itself writes the attribute, so there is no moment without it.
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const html = await (await request.get('/', { headers: { cookie: cookies, accept: 'text/html' } })).text();
  expect(html).toMatch(/<html[^>]* data-theme="dark"/);
  await page.reload({ waitUntil: 'commit' });
  await page.waitForSelector('body', { state: 'attached' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  await open(page, '/helpers');
  expect(await ground(page)).toBe('dark');
  await choose(page, 'As the system');
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  await expect.poll(() => ground(page)).toBe('light');
});

test('without a choice the system decides, at once', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, '/');
  expect(await ground(page)).toBe('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => ground(page)).toBe('light');
});
