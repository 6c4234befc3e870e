// The workshop in the middle of a day's work, by day and by night, on a desk and on a phone.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test, type Page } from '@playwright/test';

import { live, open, waitForAnswer } from './fixtures/page.ts';
import { Workshop } from './fixtures/workshop.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Largest picture, in bytes. */
const MOST = 200_000;

async function take(page: Page, path: string): Promise<void> {
  const file = resolve(ROOT, path);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
  expect(statSync(file).size, path).toBeLessThan(MOST);
}

test('pictures', async ({ page }) => {
  const workshop = await Workshop.open({ tester: false });
  await page.context().addCookies(workshop.cookies);
  await workshop.project('pod-tracker');
  await workshop.project('recipe-box');
  const plans = await workshop.conversation('Plans for the week', ['the_archivist', 'the_mediator']);
  await workshop.say(plans, '@the_mediator /who');
  await workshop.say(plans, '@the_archivist /decide Everything works **offline first**.');
  await workshop.say(plans, 'Which of the two do we show on Friday?');
  const pods = await workshop.conversation('Make hello-world', ['the_author']);
  await open(page, workshop.url(`/conversations/${pods}`));
  await workshop.say(pods, '/scaffold hello-world');
  await waitForAnswer(page, 'the_author', 'is ready');
  await workshop.say(plans, '@the_archivist /summary');
  await expect.poll(async () => (await workshop.said(plans)).length).toBe(7);
  await workshop.api('POST', '/helpers/the_archivist/pause');
  await workshop.say(plans, '@the_archivist /find offline');

  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await open(page, workshop.url('/'));
    await expect(page.getByText('one thing needs you')).toBeVisible();
    await take(page, `docs/screenshot-${colorScheme}.png`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, workshop.url(`/conversations/${pods}`));
  await take(page, 'public/screenshots/wide.png');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await live(page);
  await take(page, 'public/screenshots/narrow.png');
  await workshop.close();
});
