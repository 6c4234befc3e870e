// One connection a page, and silence on it while nothing happens: nobody polls.
import { open } from '../fixtures/page.ts';
import { PAGES } from '../fixtures/places.ts';
import { expect, test } from '../fixtures/test.ts';

for (const { name, path } of PAGES.filter(({ status }) => status === 200)) {
  test(`${name} asks for nothing while nothing happens`, async ({ page, samples }) => {
    // The page's own clock is ours, so that half a minute of its timers passes in a moment.
    await page.clock.install();
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(new URL(socket.url()).pathname));
    await open(page, path(samples));
    await page.waitForLoadState('networkidle');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    for (let second = 0; second < 30; second++) await page.clock.runFor(1_000);
    await page.waitForLoadState('networkidle');
    expect(asked).toEqual([]);
    expect(sockets).toEqual(['/api/v1/events']);
  });
}

test('going from page to page keeps the one connection', async ({ page, samples }) => {
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await open(page, '/');
  for (const [key, heading] of [['h', 'Helpers'], ['p', 'Projects'], ['c', 'Conversations'], ['o', 'Overview']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  }
  await page.getByRole('link', { name: /^Conversations/ }).first().click();
  await page.getByRole('link', { name: /^Sample conversation/ }).click();
  await expect(page).toHaveURL(new RegExp(samples.conversation));
  await expect(page.getByRole('log', { name: 'Messages of Sample conversation' })).toBeVisible();
  await page.goBack();
  await page.goForward();
  await expect(page.getByRole('log', { name: 'Messages of Sample conversation' })).toBeVisible();
  expect(sockets).toHaveLength(1);
});
