// The workshop itself as an app: installable, and there without a network, saying how old what it shows is.
import { expectInstallable, workerInCharge } from '../fixtures/app.ts';
import { badge, live, mark, messages, open } from '../fixtures/page.ts';
import { UNREACHABLE, expect, test } from '../fixtures/test.ts';

test('Chromium would install it', async ({ installer, workshop }) => {
  const page = await installer.newPage();
  await open(page, workshop.url('/'));
  await workerInCharge(page);
  const manifest = await expectInstallable(page);
  expect(manifest.icons.some(({ purpose }: { purpose?: string }) => purpose?.includes('maskable'))).toBe(true);
  expect(manifest.shortcuts.length).toBeGreaterThan(0);
  expect(manifest.screenshots.length).toBeGreaterThan(0);
  for (const { src } of [...manifest.icons, ...manifest.screenshots]) {
    const answer = await page.request.get(new URL(src, workshop.url('/manifest.webmanifest')).href);
    expect(answer.ok(), src).toBe(true);
    expect(answer.headers()['content-type']).toMatch(/^image\//);
  }
});

test('offline it shows what was seen last, and how old that is', async ({ page, context, workshop, samples, watch }) => {
  await open(page, `/conversations/${samples.conversation}`);
  await workerInCharge(page);
  await open(page, `/conversations/${samples.conversation}`);
  await expect(messages(page, 'A project can start from:')).toBeVisible();
  await open(page, '/');
  watch.provoke(UNREACHABLE);
  await context.setOffline(true);
  for (const [path, shows] of [['/', 'the_archivist'], [`/conversations/${samples.conversation}`, 'A project can start from:']]) {
    await page.goto(workshop.url(path));
    await expect(page.getByText(shows).first()).toBeVisible();
    await expect(page.getByText(/^Offline\. Showing what was here at \d\d:\d\d \(.+\)\.$/)).toBeVisible();
    await expect(badge(page)).toHaveText(/^offline/);
  }
  await context.setOffline(false);
  await live(page);
  await expect(page.getByText(/^Offline\./)).toHaveCount(0);
});

test('offline a page that was never opened says so', async ({ page, context, workshop, watch }) => {
  await open(page, '/');
  await workerInCharge(page);
  watch.provoke(UNREACHABLE);
  await context.setOffline(true);
  await page.goto(workshop.url('/helpers/the_mediator'));
  await expect(page.getByText('This page was never opened on this device')).toBeVisible();
  await context.setOffline(false);
});

test('a new version is offered, and never forced', async ({ page, fresh }) => {
  await page.goto(fresh.url('/helpers/the_author'));
  await live(page);
  await workerInCharge(page);
  const persona = page.getByRole('textbox', { name: /^How it thinks/ });
  await persona.fill('In the middle of a sentence');
  // As if the server had been replaced by one with another service worker.
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await navigator.serviceWorker.register('/sw.js?next', { scope: registration.scope });
  });
  const offer = page.getByText('A newer version of the workshop is there.');
  await expect(offer).toBeVisible();
  await expect(persona).toHaveValue('In the middle of a sentence');
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(offer).toBeHidden();
});

test('of an older build nothing is kept', async ({ page }) => {
  await open(page, '/');
  await workerInCharge(page);
  // The page is kept last: from then on nothing of this build is written over what is put there here.
  await expect.poll(() => page.evaluate(async () => Boolean(await caches.match('/')))).toBe(true);
  // As if an older build had been kept.
  await page.evaluate(async () => {
    const [pages, files] = [await caches.open('pages-1'), await caches.open('files-1')];
    await pages.put('/helpers?old', new Response('an older page'));
    await files.put('/pkg/older.wasm', new Response('older code'));
    await files.put('/pkg/tatwats.wasm', new Response('older code', { headers: { etag: '"older"' } }));
  });
  await open(page, '/');
  const kept = () => page.evaluate(async () => {
    const all = await Promise.all(['/helpers?old', '/pkg/older.wasm', '/'].map((path) => caches.match(path)));
    const code = await caches.match('/pkg/tatwats.wasm');
    return [...all.map(Boolean), code?.headers.get('etag') === '"older"'];
  });
  await expect.poll(kept).toEqual([false, false, true, false]);
});

test('offline a page leads on to those that were never opened', async ({ page, context, watch }) => {
  await open(page, '/');
  await workerInCharge(page);
  const code = () => page.evaluate(async () => Boolean(await caches.match('/pkg/split_people.wasm')));
  await expect.poll(code).toBe(true);
  watch.provoke(UNREACHABLE);
  await context.setOffline(true);
  await page.getByRole('navigation', { name: 'Workshop' }).getByRole('link', { name: 'People' }).click();
  await expect(page.getByText('The workshop does not answer.')).toBeVisible();
  await expect(page.locator('#crash-bar')).toBeHidden();
  await context.setOffline(false);
});

test('a page whose first code does not come says that it is not live, and can be loaded again', async ({ visitor, watch }) => {
  watch.provoke(UNREACHABLE, /Failed to fetch|Service Worker registration blocked/);
  const page = await visitor({ serviceWorkers: 'block' });
  await page.route('**/pkg/tatwats.wasm', (route) => route.abort());
  await page.goto('/');
  await expect(badge(page)).toHaveText('not live: reload');
  await page.unroute('**/pkg/tatwats.wasm');
  await badge(page).click();
  await expect(badge(page)).toHaveText('live');
});

test('a page whose code cannot be fetched says so, and comes when it can', async ({ visitor, watch }) => {
  watch.provoke(UNREACHABLE, /Failed to fetch|Service Worker registration blocked/);
  const page = await visitor({ serviceWorkers: 'block' });
  await open(page, '/');
  const stays = await mark(page);
  await page.route('**/pkg/split_people.wasm', (route) => route.abort());
  const places = page.getByRole('navigation', { name: 'Workshop' });
  await places.getByRole('link', { name: 'People' }).click();
  await expect(page.getByText('this page was never opened here before')).toBeVisible();
  await page.unroute('**/pkg/split_people.wasm');
  await places.getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await places.getByRole('link', { name: 'People' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await stays();
});
