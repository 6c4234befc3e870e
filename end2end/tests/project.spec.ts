// The main job: a message to The Author becomes a working app, on an origin of its own.
import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { expectInstallable, manifestOf, workerInCharge } from '../fixtures/app.ts';
import { live, messages, newConversation, open, say, waitForAnswer } from '../fixtures/page.ts';
import { UNREACHABLE, expect, test } from '../fixtures/test.ts';
import { OWNER } from '../fixtures/workshop.ts';

test('/scaffold makes an app that is seen, opened, installed and used offline', async ({ installer, fresh, watch }) => {
  const page = await installer.newPage();
  await page.goto(fresh.url('/conversations?new=1'));
  await page.getByRole('textbox', { name: 'Title' }).fill('Hello');
  await page.getByRole('checkbox', { name: /^the_author\b/ }).check();
  await page.getByRole('button', { name: 'Open conversation' }).click();
  await page.waitForURL(/\/conversations\/[0-9a-f-]{36}$/);
  await live(page);

  await test.step('the task shows its steps', async () => {
    await say(page, '/scaffold hello-world');
    const card = messages(page, '/scaffold hello-world').getByRole('region');
    await expect(card.getByText(/^done · /)).toBeVisible();
    await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
    expect(await card.getByRole('listitem').count()).toBeGreaterThan(2);
    for (const step of await card.getByRole('listitem').all()) await expect(step).toContainText('(done)');
    await waitForAnswer(page, 'the_author', /Hello World is ready: \d+ files, commit/);
    await card.getByRole('link', { name: 'Open hello-world' }).click();
  });

  await test.step('its page has files and commits', async () => {
    await expect(page).toHaveURL(fresh.url('/projects/hello-world'));
    await expect(page.getByRole('heading', { level: 2, name: 'Hello World' })).toBeVisible();
    for (const file of ['manifest.webmanifest', 'sw.js', 'index.html']) {
      await expect(page.getByRole('region', { name: 'Files' }).getByRole('link', { name: new RegExp(`^${file}`) })).toBeVisible();
    }
    const commits = page.getByRole('region', { name: 'Commits' }).getByRole('listitem');
    await expect(commits).toHaveCount(1);
    await expect(commits).toContainText('The Author');
    await page.getByRole('region', { name: 'Files' }).getByRole('link', { name: /^brief\.md/ }).click();
    await expect(page.getByRole('region', { name: /^brief\.md/ })).toContainText('# Brief: Hello World');
    await expect(page.getByRole('link', { name: 'Hello', exact: true })).toBeVisible();
  });

  const app = await test.step('its preview is an app', async () => {
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Open preview' }).click();
    const app = await opened;
    await expect(app).toHaveURL(fresh.preview('hello-world'));
    await expect(app.getByRole('heading', { level: 1, name: 'Hello World' })).toBeVisible();
    await workerInCharge(app);
    const manifest = await expectInstallable(app);
    expect(manifest.name).toBe('Hello World');
    return app;
  });

  const note = (text: string) => app.getByRole('list', { name: 'Notes' }).getByText(text, { exact: true });
  await test.step('it works', async () => {
    await app.getByRole('textbox', { name: 'New note' }).fill('Written online');
    await app.getByRole('button', { name: 'Add note' }).click();
    await expect(note('Written online')).toBeVisible();
  });

  await test.step('it works without a network', async () => {
    watch.provoke(UNREACHABLE);
    await installer.setOffline(true);
    await app.reload();
    await expect(note('Written online')).toBeVisible();
    await app.getByRole('textbox', { name: 'New note' }).fill('Written offline');
    await app.getByRole('button', { name: 'Add note' }).click();
    await expect(note('Written offline')).toBeVisible();
    await installer.setOffline(false);
  });

  await test.step('it works when its server is gone', async () => {
    await page.close();
    await fresh.stop();
    await app.reload();
    await expect(note('Written offline')).toBeVisible();
    await expect(note('Written online')).toBeVisible();
  });
});

test('a preview has no fault that axe can find', async ({ page, workshop, samples }) => {
  await page.goto(workshop.preview(samples.project));
  await page.getByRole('textbox', { name: 'New note' }).fill('A note');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expectAccessibleEverywhere(page);
});

test('the code of a project cannot act as the workshop’s user', async ({ page, workshop, samples, watch }) => {
  watch.provoke(/console error/, /request failed/, /answer 4\d\d/);
  const before = (await workshop.api('GET', '/conversations?limit=200')).items.length;
  // Not its page, whose own policy would forbid all of this, but a file without one: what protects is the workshop.
  await page.goto(`${workshop.preview(samples.project)}manifest.webmanifest`);
  for (const host of ['127.0.0.1', 'localhost']) {
    const tried = await page.evaluate(async (origin) => {
      const outcome = (work: Promise<unknown>) => work.then((done) => `done: ${done}`, (error: Error) => error.name);
      const form = new URLSearchParams({ title: 'Smuggled in' });
      return {
        read: await outcome(fetch(`${origin}/api/v1/conversations`).then((answer) => answer.text())),
        write: await outcome(fetch(`${origin}/api/v1/conversations`, { method: 'POST', body: '{"title":"Smuggled in"}', headers: { 'content-type': 'application/json' } })),
        form: await outcome(fetch(`${origin}/api/fn/open_conversation`, { method: 'POST', body: form, mode: 'no-cors', credentials: 'include' }).then(({ type }) => type)),
        text: await outcome(fetch(`${origin}/api/v1/conversations`, { method: 'POST', body: '{"title":"Smuggled in"}', mode: 'no-cors' }).then(({ type }) => type)),
        listen: await new Promise((done) => {
          const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/events`);
          socket.onopen = () => done('open');
          socket.onerror = () => done('refused');
        }),
        frame: await new Promise((done) => {
          const frame = document.createElement('iframe');
          frame.src = `${origin}/`;
          frame.onload = () => done(frame.contentDocument === null ? 'kept apart' : 'open');
          document.documentElement.append(frame);
        }),
      };
    }, `http://${host}:${workshop.port}`);
    expect(tried).toEqual({ read: 'TypeError', write: 'TypeError', form: 'TypeError', text: 'TypeError', listen: 'refused', frame: 'kept apart' });
  }
  const after = (await workshop.api('GET', '/conversations?limit=200')).items;
  expect(after.length).toBe(before);
  expect(JSON.stringify(after)).not.toContain('Smuggled');
});

test('a project answers under its own name only', async ({ page, workshop, samples, watch }) => {
  watch.provoke(/status of 404/, /answer 404/);
  for (const path of ['api/v1/conversations', 'conversations', 'healthz', '.git/config', 'pkg/tatwats.js']) {
    const answer = await page.goto(workshop.preview(samples.project) + path);
    expect(answer?.status(), path).toBe(404);
  }
  // As one that may not be seen: the workshop is asked, and knows of none.
  const nobody = await page.goto(workshop.preview('nobody-made-me'));
  expect(nobody?.status()).toBe(404);
  await expect(page.getByText('Check the address, or go on from the Overview.')).toBeVisible();
});

test('an app opens to whoever signs in, and closes with their session', async ({ visitor, workshop, samples, watch }) => {
  const app = workshop.preview(samples.project);
  const sessions = async () => (await workshop.api('GET', '/account/sessions')).items.map(({ id }: { id: string }) => id);
  const before = await sessions();
  const page = await visitor({ stranger: true });
  // A page without a service worker: everything comes from the server.
  await page.goto(`${app}offline.html`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel('Name', { exact: true }).fill(OWNER.name);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(`${app}offline.html`);
  await expect(page.getByRole('heading', { level: 1, name: 'You are offline' })).toBeVisible();
  expect((await manifestOf(page)).name, 'the manifest comes with the cookie').toBe('Sample App');
  const answers = () =>
    page.evaluate(async () => {
      const status = async (init: RequestInit) => (await fetch('/manifest.webmanifest', { cache: 'no-store', ...init })).status;
      return [await status({}), await status({ credentials: 'omit' })];
    });
  watch.provoke(/status of 401/, /answer 401/);
  expect(await answers()).toEqual([200, 401]);

  const theirs = (await sessions()).find((id: string) => !before.includes(id));
  await workshop.api('DELETE', `/account/sessions/${theirs}`);
  expect(await answers()).toEqual([401, 401]);
  await page.goto(app);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test('a taken name is refused in words, and what was typed stays', async ({ page, workshop, samples, watch }) => {
  await open(page, '/projects?new=1');
  watch.provoke(/status of 409/, /answer 409/);
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill(samples.project);
  await page.getByRole('button', { name: 'Make project' }).click();
  const taken = `There is already a project called “${samples.project}”. Choose another name.`;
  await expect(page.getByText(taken)).toBeVisible();
  await expect(name).toHaveValue(samples.project);
  await expect(page).toHaveURL(/\/projects\?new=1$/);

  await name.fill('Not A Name');
  await expect(name).toHaveAttribute('aria-invalid', 'true');

  await newConversation(page, 'Taken', ['the_author']);
  await live(page);
  await say(page, `/scaffold ${samples.project}`);
  await waitForAnswer(page, 'the_author', taken);
  const { items: projects } = await workshop.api('GET', '/projects');
  expect(projects.filter(({ slug }: { slug: string }) => slug === samples.project)).toHaveLength(1);
});

test('a project made in one browser is followed in another', async ({ page, visitor }) => {
  const other = await visitor();
  await open(other, '/projects');
  await open(page, '/projects?new=1');
  await page.getByRole('textbox', { name: 'Name' }).fill('followed-app');
  await page.getByRole('button', { name: 'Make project' }).click();
  await expect(page).toHaveURL(/\/projects\/followed-app$/);
  await expect(page.getByRole('link', { name: 'Open preview' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Files' }).getByRole('link', { name: /^index\.html/ })).toBeVisible();
  const line = other.getByRole('navigation', { name: 'Projects' }).getByRole('link', { name: /Followed App/ });
  await expect(line.getByText('ready')).toBeVisible();
});
