// A helper's page: how it stands, what it writes, how it is told to stop and go on, and its persona.
import { live, mark, open } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';
import { TESTER } from '../fixtures/workshop.ts';

test('new lines of the process log appear as they are written', async ({ page, workshop }) => {
  await open(page, `/helpers/${TESTER}`);
  const stays = await mark(page);
  const log = page.getByRole('log', { name: 'Process log' });
  await expect(log).toContainText('started in a sandbox');
  const id = await workshop.conversation('Writing', [TESTER]);
  for (let line = 1; line <= 40; line++) await workshop.say(id, `/write Line ${line} of forty`);
  await log.scrollIntoViewIfNeeded();
  await expect(log.getByText('Line 40 of forty', { exact: true })).toBeInViewport();
  await expect(log.getByText(/^Line \d+ of forty$/)).toHaveCount(40);
  await stays();

  await page.reload();
  await live(page);
  await log.scrollIntoViewIfNeeded();
  await expect(log.getByText('Line 40 of forty', { exact: true })).toBeInViewport();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^the_tester.*\.(log|txt)$/);
  const text = await (await file.createReadStream()).toArray();
  expect(Buffer.concat(text).toString()).toContain('Line 40 of forty');
});

test('a persona is edited, kept unsaved over a reload, and saved', async ({ page, visitor, fresh }) => {
  const address = fresh.url('/helpers/the_author');
  await open(page, address);
  const persona = page.getByRole('textbox', { name: /^How it thinks/ });
  await expect(page.getByRole('button', { name: 'Save persona' })).toBeDisabled();
  await persona.fill('# The Author\n\nWrites little, and well.\n');
  await expect(page.getByText('Not saved yet; kept in this browser.')).toBeVisible();
  await page.reload();
  await live(page);
  await expect(persona).toHaveValue('# The Author\n\nWrites little, and well.\n');

  const other = await visitor();
  await open(other, address);
  const theirs = other.getByRole('textbox', { name: /^How it thinks/ });
  await page.getByRole('button', { name: 'Save persona' }).click();
  await expect(page.getByRole('button', { name: 'Save persona' })).toBeDisabled();
  await expect(theirs).toHaveValue('# The Author\n\nWrites little, and well.\n');
  await page.reload();
  await live(page);
  await expect(persona).toHaveValue('# The Author\n\nWrites little, and well.\n');
  expect(await fresh.file('helpers/the_author/persona.md')).toBe('# The Author\n\nWrites little, and well.\n');
});

test('two who edit one persona do not overwrite each other', async ({ page, visitor, fresh }) => {
  const address = fresh.url('/helpers/the_mediator');
  const other = await visitor();
  await open(page, address);
  await open(other, address);
  const field = (one: typeof page) => one.getByRole('textbox', { name: /^How it thinks/ });
  await field(page).fill('Mine');
  await field(other).fill('Theirs');
  await other.getByRole('button', { name: 'Save persona' }).click();
  await expect(page.getByText('Someone else saved another text meanwhile.')).toBeVisible();
  await expect(field(page)).toHaveValue('Mine');
  await page.getByRole('button', { name: 'Keep mine, to be saved over it' }).click();
  await page.getByRole('button', { name: 'Save persona' }).click();
  await expect.poll(() => fresh.file('helpers/the_mediator/persona.md')).toContain('Mine');
});

test('a helper is stopped and started, and every page says how it stands', async ({ page, visitor, fresh }) => {
  const overview = await visitor();
  await open(overview, fresh.url('/'));
  const line = overview.getByRole('region', { name: 'Helpers' }).getByRole('link', { name: /^the_archivist/ });
  await expect(line).toContainText('running');
  await open(page, fresh.url('/helpers/the_archivist'));
  const [here, there] = [await mark(page), await mark(overview)];
  await expect(page.locator('.facts').getByText('namespaces', { exact: true })).toBeVisible();
  const status = page.locator('.detail-status');
  await expect(status).toHaveText('running');
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeDisabled();

  await page.getByText('Stop…').click();
  await expect(page.getByText('messages to it wait until it is started again')).toBeVisible();
  await page.getByRole('button', { name: 'Stop the_archivist' }).click();
  await expect(status).toHaveText('stopped');
  await expect(line).toContainText('stopped');
  await expect(page.getByRole('log', { name: 'Process log' })).toContainText('[workshop] stopped');

  const id = await fresh.conversation('Nobody there', ['the_archivist']);
  await fresh.say(id, '/summary');
  const needs = overview.getByRole('region', { name: 'Needs you' });
  await expect(needs.getByRole('heading', { name: 'the_archivist is stopped' })).toBeVisible();
  await needs.getByRole('button', { name: 'Start now' }).click();
  await expect(status).toHaveText('running');
  await expect(line).toContainText('running');
  await expect(needs.getByText('Nothing. Every message was answered.')).toBeVisible();

  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(page.getByRole('log', { name: 'Process log' }).getByText(/started in a sandbox/)).toHaveCount(3);
  await expect(status).toHaveText('running');
  await page.getByRole('button', { name: 'Pause deliveries' }).click();
  await expect(line).toContainText('Paused: deliveries are held back');
  await page.getByRole('button', { name: 'Let deliveries through' }).click();
  await expect(line).not.toContainText('Paused');
  await here();
  await there();
});
