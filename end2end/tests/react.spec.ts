// A template with commands: packages come from the real registry into a sandbox, and what is built there is an app.
import { expectInstallable, workerInCharge } from '../fixtures/app.ts';
import { live } from '../fixtures/page.ts';
import { UNREACHABLE, expect, test } from '../fixtures/test.ts';

/** How long fetching and building may take, in milliseconds. */
const BUILDS = 240_000;

test('react is fetched and built in a sandbox, and is an app that is installed and used offline', async ({ installer, fresh, watch }) => {
  test.setTimeout(BUILDS + 120_000);
  const page = await installer.newPage();
  await page.goto(fresh.url('/projects?new=1'));
  await live(page);

  await test.step('its output is watched while it is built', async () => {
    await page.getByRole('textbox', { name: 'Name' }).fill('hello-react');
    await page.getByRole('combobox', { name: 'Template' }).selectOption('react');
    await page.getByRole('button', { name: 'Make project' }).click();
    await expect(page).toHaveURL(fresh.url('/projects/hello-react'));
    const card = page.getByRole('region', { name: 'Scaffold hello-react' });
    await expect(card.getByText('Install and build')).toBeVisible();
    await expect(card.locator('run-terminal').locator('.xterm-rows')).toContainText('added', { timeout: BUILDS });
    await expect(page.getByRole('link', { name: 'Open preview' })).toBeVisible({ timeout: BUILDS });
  });

  await test.step('what was built is in no commit, and its run is there to be read', async () => {
    const { items: projects } = await fresh.api('GET', '/projects');
    const project = projects.find(({ slug }: { slug: string }) => slug === 'hello-react');
    expect([project.template, project.status]).toEqual(['react', 'ready']);
    const files = page.getByRole('region', { name: 'Files' });
    await expect(files.getByRole('link', { name: /^package\.json/ })).toBeVisible();
    await expect(files.getByRole('link', { name: /^dist/ })).toHaveCount(0);
    const run = page.getByRole('region', { name: 'Run a command' }).getByRole('listitem').filter({ hasText: 'npm run build' });
    await expect(run.getByText('ok', { exact: true })).toBeVisible();
  });

  const app = await test.step('its preview is an app', async () => {
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Open preview' }).click();
    const app = await opened;
    await expect(app).toHaveURL(fresh.preview('hello-react'));
    await expect(app.getByRole('heading', { level: 1, name: 'Hello React' })).toBeVisible();
    // Its worker takes over from the next load on.
    await app.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await app.reload();
    await workerInCharge(app);
    const manifest = await expectInstallable(app);
    expect(manifest.name).toBe('Hello React');
    return app;
  });

  const note = (text: string) => app.getByRole('list', { name: 'Notes' }).getByText(text, { exact: true });
  const write = async (text: string) => {
    await app.getByRole('textbox', { name: 'New note' }).fill(text);
    await app.getByRole('button', { name: 'Add note' }).click();
    await expect(note(text)).toBeVisible();
  };
  await test.step('it works', () => write('Written online'));

  await test.step('it works without a network', async () => {
    watch.provoke(UNREACHABLE);
    await installer.setOffline(true);
    await app.reload();
    await expect(note('Written online')).toBeVisible();
    await write('Written offline');
    await installer.setOffline(false);
  });

  await test.step('it works when its server is gone', async () => {
    await page.close();
    await fresh.stop();
    await app.reload();
    await expect(note('Written online')).toBeVisible();
    await expect(note('Written offline')).toBeVisible();
  });
});
