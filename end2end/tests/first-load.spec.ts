// What the first look at a page fetches, and what waits until it is painted.
import type { Page, Request } from '@playwright/test';

import { live } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';

for (const { device, width, typefaces } of [
  { device: 'a phone', width: 390, typefaces: [] },
  { device: 'a wide screen', width: 1440, typefaces: ['/fonts/inter.woff2', '/fonts/jetbrains-mono.woff2'] },
]) {
  test(`${device} paints before it fetches code`, async ({ visitor }) => {
    const page = await visitor({ viewport: { width, height: 844 } });
    const requests: Request[] = [];
    page.on('request', (request) => requests.push(request));
    await page.goto('/');
    await live(page);

    const fetched = (type: string) => requests.filter((request) => request.resourceType() === type).map((request) => new URL(request.url()).pathname);
    expect(fetched('font').sort()).toEqual(typefaces);
    const { painted, code } = await page.evaluate(() => {
      const starts = (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => /\.(js|wasm)$/.test(new URL(name).pathname))
        .map(({ startTime }) => startTime);
      return { painted: performance.getEntriesByName('first-contentful-paint')[0]!.startTime, code: Math.min(...starts) };
    });
    expect(code).toBeGreaterThan(painted);
  });
}

test('what every page begins with has no constants of single pages', async ({ workshop }) => {
  const code = async (file: string) => (await fetch(`${workshop.origin}/pkg/${file}`)).text();
  // What a page says is among its constants.
  const words = 'Nobody has said anything yet';
  expect(await code('split_conversations.wasm')).toContain(words);
  expect(await code('tatwats.wasm')).not.toContain(words);
});

/** Has turns of the browser between two pieces of work last until the test goes on by so many. Everyone else says how long to wait. */
async function inSteps(page: Page): Promise<(count: number) => Promise<void>> {
  await page.addInitScript(() => {
    const { setTimeout } = window;
    const turns: VoidFunction[] = [];
    const goOn = async (count: number) => {
      while (turns.length < 1) await new Promise(requestAnimationFrame);
      if (count === 0) return;
      turns.shift()!();
      await goOn(count - 1);
    };
    const hold = (...given: Parameters<typeof setTimeout>) => (given.length > 1 ? setTimeout(...given) : turns.push(given[0] as VoidFunction));
    Object.assign(window, { goOn, setTimeout: hold });
  });
  return (count) => page.evaluate((count) => (window as unknown as { goOn: (count: number) => Promise<void> }).goOn(count), count);
}

test('what is asked for while a page is taken over, the browser does by itself', async ({ visitor }) => {
  const page = await visitor();
  const goOn = await inSteps(page);
  const palette = page.getByRole('dialog', { name: 'Search or do anything' });
  const search = () => page.keyboard.press('Control+k');

  await page.goto('/');
  // The code is there, the snapshot is read, the views are made, and none of them is on the page yet.
  await goOn(2);
  await page.getByRole('link', { name: 'Helpers' }).first().click();
  await page.waitForURL('**/helpers');
  expect(await page.evaluate(() => performance.getEntriesByType('navigation')[0]!.name)).toMatch(/\/helpers$/);

  await goOn(2);
  await search();
  await goOn(1);
  await expect(palette).toBeHidden();
  await page.evaluate(() => void (window as unknown as { goOn: (count: number) => Promise<void> }).goOn(1));
  await live(page);
  await search();
  await expect(palette).toBeVisible();
});

test('however long the browser takes to take a page over, moments are told by its clock', async ({ visitor }) => {
  const page = await visitor();
  const goOn = await inSteps(page);
  await page.goto('/');
  // The snapshot is read, and no view is made yet.
  await goOn(2);
  await page.waitForTimeout(200);
  await goOn(1);
  await page.evaluate(() => void (window as unknown as { goOn: (count: number) => Promise<void> }).goOn(9));
  await live(page);
  await expect(page.getByRole('link', { name: /^the_archivist/ }).locator('.helper-line-up')).toHaveText(/^up /, { timeout: 3000 });
});
