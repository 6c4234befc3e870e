// Commands in a project's sandbox: asked for, watched live by others, typed into, stopped; limits and rules beside them.
import { open } from '../fixtures/page.ts';
import { expect, test, type Page } from '../fixtures/test.ts';
import { TESTER } from '../fixtures/workshop.ts';

/** The text of the terminal that is open, as its screen shows it. */
const screen = (page: Page) => page.locator('run-terminal').locator('.xterm-rows');

async function run(page: Page, command: string, { terminal = false, limits = 'run' } = {}) {
  await page.getByRole('textbox', { name: 'Command', exact: true }).fill(command);
  await page.getByRole('combobox', { name: 'Limits' }).selectOption(limits);
  if (terminal) await page.getByRole('checkbox', { name: 'With a terminal to type into' }).check();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page).toHaveURL(/\?run=[0-9a-f-]{36}/);
  return page.getByRole('region', { name: command });
}

test('a command sees the files of the project, and its output is there for everyone who looks on', async ({ page, visitor, samples }) => {
  await open(page, `/projects/${samples.project}`);
  const pane = await run(page, 'ls; echo "hello from $(id -u)"');
  await expect(screen(page)).toContainText('index.html');
  await expect(screen(page)).toContainText('hello from 65532');
  await expect(pane.getByText('It ended well.')).toBeVisible();
  await expect(pane.getByText('namespaces', { exact: true })).toBeVisible();

  const other = await visitor();
  await open(other, page.url());
  await expect(screen(other)).toContainText('hello from 65532');
  const line = other.getByRole('region', { name: 'Run a command' }).getByRole('listitem').filter({ hasText: 'hello from' });
  await expect(line.getByText('ok', { exact: true })).toBeVisible();
});

test('what a command writes is shown as text, whatever it is', async ({ page, samples }) => {
  await open(page, `/projects/${samples.project}`);
  await run(page, `printf '<b onclick="x()">bold</b>\\033[31mred\\033[0m\\033]0;stolen title\\007 end'`);
  await expect(screen(page)).toContainText('<b onclick="x()">bold</b>red end');
  await expect(page).not.toHaveTitle(/stolen/);
});

test('a terminal takes what is typed, live for others too', async ({ page, visitor, samples }) => {
  await open(page, `/projects/${samples.project}`);
  const pane = await run(page, 'read name; echo "Good day, $name."', { terminal: true });
  const other = await visitor();
  await open(other, page.url());
  await page.locator('run-terminal').locator('textarea').focus();
  await page.keyboard.type('Ada\n');
  await expect(screen(page)).toContainText('Good day, Ada.');
  await expect(screen(other)).toContainText('Good day, Ada.');
  await expect(pane.getByText('It ended well.')).toBeVisible();
});

test('a run is stopped, and one that fails says how', async ({ page, samples }) => {
  await open(page, `/projects/${samples.project}`);
  const sleeping = await run(page, 'echo begun; sleep 600', { limits: 'build' });
  await expect(screen(page)).toContainText('begun');
  await sleeping.getByRole('button', { name: 'Stop' }).click();
  await expect(sleeping.getByText(/^It was stopped\./)).toBeVisible();

  const failing = await run(page, 'echo no >&2; exit 3');
  await expect(failing.getByText(/^It ended with status 3\./)).toBeVisible();
  await expect(failing.locator('.status').getByText('failed')).toBeVisible();
});

test('limits are tightened, and looser ones are said to be an admin’s', async ({ page, samples, workshop }) => {
  await open(page, `/projects/${samples.project}`);
  const policy = page.getByRole('region', { name: 'Sandbox' });
  const short = policy.locator('.limits').filter({ hasText: 'Short commands' });
  await short.getByText('Change', { exact: true }).click();
  await short.getByLabel('Seconds').fill('2');
  await short.getByRole('button', { name: 'Set limits' }).click();
  await expect(short.getByText(/, 2\.0 s, network: none/)).toBeVisible();

  const pane = await run(page, 'sleep 60');
  await expect(pane.getByText(/^Its time was up\./)).toBeVisible();
  await workshop.api('PUT', `/policies/project:${await workshop.projectId(samples.project)}`, { limits: {}, rules: [] });
});

test('rules are added and removed', async ({ page, samples }) => {
  await open(page, `/projects/${samples.project}`);
  const rules = page.locator('.rules');
  await rules.getByText('Add a rule').click();
  await rules.getByRole('textbox', { name: 'Command' }).fill('npm run *');
  await rules.getByRole('button', { name: 'Add rule' }).click();
  const rule = rules.getByRole('listitem').filter({ hasText: 'npm run *' });
  await expect(rule.getByText('allow', { exact: true })).toBeVisible();
  await rule.getByRole('button', { name: 'Remove the rule allow npm run *' }).click();
  await expect(rule).toHaveCount(0);
});

test('what a helper wants to run is asked, answered once or for always, and taken back', async ({ page, visitor, workshop, samples }) => {
  const id = await workshop.conversation('Asking', [TESTER], samples.project);
  await open(page, `/conversations/${id}`);
  const other = await visitor();
  await open(other, page.url());
  const card = (of: Page, command: string) => of.locator('.permission').filter({ hasText: command });
  const answers = page.getByRole('article').filter({ hasText: TESTER });

  await workshop.say(id, '/run echo denied');
  await card(page, 'echo denied').getByRole('button', { name: 'Deny' }).click();
  await expect(card(other, 'echo denied').getByText('denied', { exact: true })).toBeVisible();
  await expect(card(other, 'echo denied').getByRole('button')).toHaveCount(0);
  await expect(answers.getByText(/^It was refused: .*denied/)).toBeVisible();

  await workshop.say(id, '/run echo always');
  await card(page, 'echo always').getByRole('button', { name: 'Allow always' }).click();
  await expect(answers.getByText('It wrote: always')).toBeVisible();
  await workshop.say(id, '/run echo always');
  await expect(answers.getByText('It wrote: always')).toHaveCount(2);
  await expect(card(page, 'echo always')).toHaveCount(1);

  await card(page, 'echo always').getByRole('button', { name: 'Take back' }).click();
  await expect(card(other, 'echo always').getByRole('button', { name: 'Take back' })).toHaveCount(0);
  await workshop.say(id, '/run echo always');
  await expect(card(page, 'echo always')).toHaveCount(2);
  await card(page, 'echo always').last().getByRole('button', { name: 'Allow once' }).click();
  await expect(answers.getByText('It wrote: always')).toHaveCount(3);
});

test('the Overview says which kind of sandbox is in use', async ({ page }) => {
  await open(page, '/');
  await expect(page.getByRole('region', { name: 'Sandboxes' }).getByText('Sandboxes by namespaces')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a command is run, and its output is read after loading the page again', async ({ page, samples }) => {
    await page.goto(`/projects/${samples.project}`);
    await page.getByRole('textbox', { name: 'Command', exact: true }).fill('echo by plain forms');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page).toHaveURL(/\?run=[0-9a-f-]{36}/);
    await expect(async () => {
      await page.reload();
      await expect(page.locator('run-terminal pre')).toHaveText(/^by plain forms/, { timeout: 100 });
    }).toPass();
    await expect(page.getByText('It ended well.')).toBeVisible();
  });
});
