// Everything that can be done is done by forms, and forms need no JavaScript.
import { expect, test } from '../fixtures/test.ts';
import { OWNER } from '../fixtures/workshop.ts';

test.use({ javaScriptEnabled: false });

test('a conversation is opened, and something said in it is answered', async ({ page }) => {
  await page.goto('/conversations?new=1');
  await page.getByRole('textbox', { name: 'Title' }).fill('By plain forms');
  await page.getByRole('checkbox', { name: /^the_author\b/ }).check();
  await page.getByRole('button', { name: 'Open conversation' }).click();
  await expect(page).toHaveURL(/\/conversations\/[0-9a-f-]{36}$/);
  await expect(page.getByText('Nothing has been said here yet.')).toBeVisible();

  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('/templates\n\nin two lines');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page).toHaveURL(/\/conversations\/[0-9a-f-]{36}#m1$/);
  await expect(page.getByRole('article').filter({ hasText: 'in two lines' })).toBeVisible();

  // Without a script the page does not move by itself; loading it again shows the answer.
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('article').filter({ hasText: 'A project can start from:' })).toBeVisible({ timeout: 100 });
  }).toPass();
  await expect(page.getByText(/^answered in /)).toBeVisible();
});

test('a message sent twice by a reload is kept once', async ({ page, workshop }) => {
  const id = await workshop.conversation('Sent twice');
  await page.goto(`/conversations/${id}`);
  const form = page.locator('form.composer');
  const fields = await form.evaluate((form: HTMLFormElement) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, `${value}`])));
  const action = new URL((await form.getAttribute('action'))!, workshop.origin).href;
  for (let time = 0; time < 2; time++) {
    await page.request.post(action, { form: { ...fields, body: 'Only once' }, headers: { accept: 'text/html' } });
  }
  expect((await workshop.said(id)).map(({ body }) => body)).toEqual(['Only once']);
});

test('a project is made, and a taken name is refused in words', async ({ page }) => {
  await page.goto('/projects?new=1');
  await page.getByRole('textbox', { name: 'Name' }).fill('plain-form-app');
  await page.getByRole('button', { name: 'Make project' }).click();
  await expect(page).toHaveURL(/\/projects\/plain-form-app$/);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('link', { name: 'Open preview' })).toBeVisible({ timeout: 100 });
  }).toPass();

  await page.goto('/projects?new=1');
  await page.getByRole('textbox', { name: 'Name' }).fill('plain-form-app');
  await page.getByRole('button', { name: 'Make project' }).click();
  await expect(page.getByText('There is already a project called “plain-form-app”. Choose another name.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Make project' })).toBeVisible();
});

test('an app is opened by signing in on the way', async ({ visitor, workshop, samples }) => {
  const page = await visitor({ stranger: true, javaScriptEnabled: false });
  await page.goto(`${workshop.preview(samples.project)}offline.html`);
  await page.getByLabel('Name', { exact: true }).fill(OWNER.name);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(`${workshop.preview(samples.project)}offline.html`);
  await expect(page.getByRole('heading', { level: 1, name: 'You are offline' })).toBeVisible();
});

test('The Author is asked for a first app', async ({ page, fresh }) => {
  await page.goto(fresh.url('/'));
  await page.getByRole('textbox', { name: 'Name of the app' }).fill('first-app');
  await page.getByRole('button', { name: 'Ask The Author' }).click();
  await expect(page).toHaveURL(/\/conversations\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('article').filter({ hasText: '/scaffold first-app' })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('link', { name: 'Open first-app' })).toBeVisible({ timeout: 100 });
  }).toPass();
});

test('a helper is paused, let through, stopped and started', async ({ page, fresh }) => {
  const status = page.locator('.detail-status');
  const becomes = (word: string) =>
    expect(async () => {
      await page.reload();
      await expect(status).toHaveText(word, { timeout: 100 });
    }).toPass();
  await page.goto(fresh.url('/helpers/the_archivist'));
  await page.getByRole('button', { name: 'Pause deliveries' }).click();
  await page.getByRole('button', { name: 'Let deliveries through' }).click();
  await expect(page.getByRole('button', { name: 'Pause deliveries' })).toBeVisible();
  await becomes('running');
  await page.getByText('Stop…').click();
  await page.getByRole('button', { name: 'Stop the_archivist' }).click();
  await expect(page).toHaveURL(/\/helpers\/the_archivist\??$/);
  await becomes('stopped');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await becomes('running');
});

test('a persona is saved', async ({ page, fresh }) => {
  await page.goto(fresh.url('/helpers/the_mediator'));
  await page.getByRole('textbox', { name: /^How it thinks/ }).fill('# The Mediator\n\nBrief, and kind.\n');
  await page.getByRole('button', { name: 'Save persona' }).click();
  await expect(page).toHaveURL(/\/helpers\/the_mediator\??$/);
  await expect(page.getByRole('textbox', { name: /^How it thinks/ })).toHaveValue('# The Mediator\n\nBrief, and kind.\n');
  expect(await fresh.file('helpers/the_mediator/persona.md')).toBe('# The Mediator\n\nBrief, and kind.\n');
});

test('messages are searched from the top bar', async ({ page, samples }) => {
  await page.goto('/');
  await page.getByRole('searchbox', { name: 'Search messages' }).fill('offline');
  await page.getByRole('searchbox', { name: 'Search messages' }).press('Enter');
  await expect(page).toHaveURL(/\/conversations\?q=offline$/);
  const hit = page.getByRole('region', { name: 'Messages found' }).getByRole('link').first();
  await expect(hit.locator('mark').first()).toHaveText('offline');
  await hit.click();
  await expect(page).toHaveURL(/\/conversations\/[0-9a-f-]{36}\?at=\d+/);
  await expect(page.getByRole('article').filter({ hasText: 'offline' }).first()).toBeVisible();
});

test('the theme is chosen and kept', async ({ page }) => {
  await page.goto('/helpers');
  await page.getByTitle('Appearance').click();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page).toHaveURL(/\/helpers\??$/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a conversation is renamed, joined by a helper and marked as read', async ({ page, workshop }) => {
  const id = await workshop.conversation('Old title', ['the_author']);
  await workshop.say(id, '@the_author /templates');
  await expect.poll(async () => (await workshop.said(id)).length).toBe(2);
  await page.goto(`/conversations/${id}?panel=info`);
  await page.getByText('Rename', { exact: true }).first().click();
  await page.getByRole('textbox', { name: 'New title' }).fill('New title');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'New title' }).first()).toBeVisible();
  await page.getByRole('combobox', { name: 'Helper to invite' }).selectOption('the_mediator');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.locator('.people').getByRole('link', { name: 'the_mediator' })).toBeVisible();
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.getByRole('button', { name: 'Mark as read' })).toHaveCount(0);
});
