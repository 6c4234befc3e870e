// One's own account, and the people of the workshop: what each may see and do, and secrets that are shown once.
import type { Page } from '@playwright/test';

import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { live, open } from '../fixtures/page.ts';
import { invite, join, PASSWORD, section, signIn } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { OWNER } from '../fixtures/workshop.ts';

test('a profile is saved, and the rail follows at once', async ({ page, fresh, watch }) => {
  watch.provoke(/status of 422/, /answer 422: POST/);
  await open(page, fresh.url('/'));
  const foot = page.getByRole('link', { name: /Your account$/ });
  await foot.click();
  await expect(page).toHaveURL(fresh.url('/account'));
  const profile = section(page, 'Profile');
  await profile.getByRole('combobox', { name: 'Time zone' }).fill('Europe Berlin');
  await profile.getByRole('button', { name: 'Save profile' }).click();
  await expect(profile.getByText('A time zone is written like')).toBeVisible();
  await profile.getByRole('textbox', { name: 'Display name' }).fill('Ada Lovelace');
  await profile.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
  await profile.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ada Lovelace' })).toBeVisible();
  await expect(foot).toContainText('Ada Lovelace');
  const signedIn = section(page, 'Sessions').getByRole('time').first();
  await expect(signedIn).toHaveAttribute('title', / UTC\+[12]$/);
  await page.reload();
  await expect(profile.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Europe/Berlin');
  await live(page);
  await expect(signedIn).toHaveAttribute('title', / UTC\+[12]$/);
});

test('the browser tells moments by the same clocks as the server', async ({ page, visitor, fresh }) => {
  await open(page, fresh.url('/account'));
  const profile = section(page, 'Profile');
  // Half an hour off, and far from the zone of this browser.
  await profile.getByRole('combobox', { name: 'Time zone' }).fill('Asia/Kolkata');
  await profile.getByRole('button', { name: 'Save profile' }).click();
  const moment = (page: Page) => section(page, 'Sessions').getByRole('time').first();
  await expect(moment(page)).toHaveAttribute('title', / UTC\+5:30$/);
  const plain = await visitor({ javaScriptEnabled: false });
  await plain.goto(fresh.url('/account'));
  const [at, title] = [await moment(page).getAttribute('datetime'), await moment(page).getAttribute('title')];
  const there = section(plain, 'Sessions').locator(`time[datetime="${at}"]`).first();
  await expect(there).toHaveAttribute('title', title ?? '');
  await expect(there).toHaveText(new RegExp(`${title?.slice(11, 16)}$`));
});

test('without JavaScript a profile is saved, and a token shown once', async ({ visitor, fresh }) => {
  const page = await visitor({ javaScriptEnabled: false });
  await page.goto(fresh.url('/account'));
  await page.getByRole('textbox', { name: 'Display name' }).fill('By plain forms');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page).toHaveURL(fresh.url('/account'));
  await expect(page.getByRole('heading', { level: 1, name: 'By plain forms' })).toBeVisible();

  await page.getByText('New token', { exact: true }).click();
  await page.getByRole('textbox', { name: 'What it is for' }).fill('plain');
  await page.getByRole('button', { name: 'Make token' }).click();
  const secret = page.getByRole('textbox', { name: 'Your new token' });
  await expect(secret).toHaveValue(/^tat_[\w-]{43}$/);
  await expect(page.getByRole('button', { name: 'Copy' })).toBeHidden();
  await page.goto(fresh.url('/account'));
  await expect(page.getByText('plain', { exact: true })).toBeVisible();
  await expect(secret).toHaveCount(0);
});

test('the password is changed, other browsers are signed out, and this one is not', async ({ visitor, page, fresh, watch }) => {
  watch.provoke(/status of 4(01|22)/, /answer 4(01|22): (GET|POST)/, /WebSocket connection/);
  const link = await invite(page, fresh, 'editor');
  const [here, there] = [await visitor({ stranger: true }), await visitor({ stranger: true })];
  await join(here, link, 'ada');
  await signIn(there, fresh, 'ada', PASSWORD);
  await live(there);
  await open(here, fresh.url('/account'));
  const form = section(here, 'Password');
  const change = async (current: string, password: string) => {
    await form.getByLabel('Present password').fill(current);
    await form.getByLabel('New password', { exact: true }).fill(password);
    await form.getByLabel('New password, again').fill(password);
    await form.getByRole('button', { name: 'Change password' }).click();
  };
  await change('not the password', 'a quieter lamp of nine');
  await expect(form.getByText('This is not your present password.')).toBeVisible();
  await change(PASSWORD, 'a quieter lamp of nine');
  await expect(form.getByLabel('Present password')).toHaveValue('');
  await expect(there).toHaveURL(/\/sign-in/);
  await here.reload();
  await expect(form).toBeVisible();
  await signIn(there, fresh, 'ada', 'a quieter lamp of nine');
});

test('a token is made, shown once, used and revoked', async ({ page, fresh, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, fresh.url('/account'));
  const tokens = section(page, 'Tokens for programs');
  await tokens.getByText('New token', { exact: true }).click();
  await tokens.getByRole('textbox', { name: 'What it is for' }).fill('laptop');
  await tokens.getByRole('combobox', { name: 'Role, at most' }).selectOption('viewer');
  await expect(tokens.getByRole('spinbutton', { name: 'Days it lasts' })).toHaveValue('90');
  await tokens.getByRole('button', { name: 'Make token' }).click();
  const shown = page.getByRole('textbox', { name: 'Your new token' });
  await expect(shown).toHaveValue(/^tat_[\w-]{43}$/);
  const secret = await shown.inputValue();
  await tokens.getByRole('button', { name: 'Copy' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);

  const asked = () => fetch(fresh.url('/api/v1/account'), { headers: { authorization: `Bearer ${secret}` } });
  expect((await (await asked()).json()).grants).toEqual({ workshop: 'viewer' });
  const line = tokens.getByRole('listitem').filter({ hasText: 'laptop' });
  await expect(line).toContainText('viewer wherever you may');
  await expect(line).toContainText('last used');
  await page.reload();
  await live(page);
  await expect(shown).toHaveCount(0);
  await line.getByText('Revoke…').click();
  await line.getByRole('button', { name: 'Revoke laptop' }).click();
  await expect(line).toHaveCount(0);
  expect((await asked()).status).toBe(401);
});

test('a session is seen to begin, and ended', async ({ page, visitor, fresh, watch }) => {
  watch.provoke(/status of 401/, /answer 401: GET/, /WebSocket connection/);
  await open(page, fresh.url('/account'));
  const sessions = section(page, 'Sessions');
  await expect(sessions.getByText('this one')).toHaveCount(1);
  const before = await sessions.getByRole('listitem').count();
  const other = await visitor({ stranger: true });
  await signIn(other, fresh, OWNER.name, OWNER.password);
  await live(other);
  await expect(sessions.getByRole('listitem')).toHaveCount(before + 1);
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await expect(other).toHaveURL(/\/sign-in/);
  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/sign-in/);
});

test('a role is changed, someone shut out, grouped and removed', async ({ page, visitor, fresh, watch }) => {
  watch.provoke(/status of 401/, /answer 401: GET/, /WebSocket connection/);
  const link = await invite(page, fresh, 'viewer');
  const other = await visitor({ stranger: true });
  await join(other, link, 'vera');
  await live(other);
  const line = section(page, 'Accounts').getByRole('listitem').filter({ hasText: 'vera' });
  await line.getByRole('combobox', { name: 'Role of vera' }).selectOption('editor');
  await line.getByRole('button', { name: 'Change the role of vera' }).click();
  await expect(other).toHaveURL(/\/sign-in/);
  await expect(line.getByRole('combobox', { name: 'Role of vera' })).toHaveValue('editor');

  const groups = section(page, 'Groups');
  await groups.getByText('New group', { exact: true }).click();
  await groups.getByRole('textbox', { name: 'Name of the group' }).fill('crew');
  await groups.getByRole('checkbox', { name: /vera/ }).check();
  await groups.getByRole('combobox', { name: 'Role' }).selectOption('operator');
  await groups.getByRole('button', { name: 'Make group' }).click();
  await expect(line).toContainText('in crew');
  await expectAccessibleEverywhere(page);
  await page.evaluate(() => document.body.setAttribute('data-same-page', ''));
  const crew = groups.getByRole('listitem').filter({ hasText: 'crew' });
  await crew.getByText('1 member, operator').click();
  await crew.getByRole('combobox', { name: 'Role' }).selectOption('viewer');
  await crew.getByRole('button', { name: 'Save crew' }).click();
  await expect(crew).toContainText('1 member, viewer');
  await crew.getByText('Remove…').click();
  await crew.getByRole('button', { name: 'Remove crew' }).click();
  await expect(crew).toHaveCount(0);
  await expect(line).not.toContainText('in crew');
  await expect(page.locator('body')).toHaveAttribute('data-same-page');

  await line.getByRole('button', { name: 'Disable vera' }).click();
  await expect(line.getByText('shut out')).toBeVisible();
  await line.getByRole('button', { name: 'Enable vera' }).click();
  await expect(line.getByText('shut out')).toHaveCount(0);
  await line.getByText('Remove…').click();
  await line.getByRole('button', { name: 'Remove vera' }).click();
  await expect(line).toHaveCount(0);
  await expect(page.getByText('Only you so far')).toBeVisible();
});

test('a group that changes leaves the forms of the others as they are', async ({ page, fresh }) => {
  const put = (name: string, role: string) => fresh.api('PUT', `/groups/${name}`, { members: [], role });
  for (const name of ['ants', 'bees', 'cats']) await put(name, 'viewer');
  await open(page, fresh.url('/people'));
  await live(page);
  const lines = section(page, 'Groups').getByRole('listitem');
  const bees = lines.filter({ hasText: 'bees' });
  await bees.getByText('0 members, viewer').click();
  const role = bees.getByRole('combobox', { name: 'Role' });
  await role.selectOption('operator');
  await role.focus();
  await put('ants', 'editor');
  await fresh.api('DELETE', '/groups/cats');
  await put('ape', 'viewer');
  await put('dogs', 'viewer');
  await expect(lines.locator('summary > b')).toHaveText(['ants', 'ape', 'bees', 'dogs']);
  await expect(lines.first()).toContainText('0 members, editor');
  await expect(role).toHaveValue('operator');
  await expect(role).toBeFocused();
  await bees.getByRole('button', { name: 'Save bees' }).click();
  await expect(bees).toContainText('0 members, operator');
});

test('a role on one project is given, and taken away after a second look', async ({ page, visitor, fresh, watch }) => {
  watch.provoke(/status of 401/, /answer 401: GET/, /WebSocket connection/);
  await fresh.project('pods');
  const link = await invite(page, fresh, 'viewer');
  const other = await visitor({ stranger: true });
  await join(other, link, 'vera');
  await live(other);
  const roles = section(page, 'Roles on single projects');
  await roles.getByText('Give a role on one project', { exact: true }).click();
  await roles.getByRole('combobox', { name: 'Who' }).selectOption('user:vera');
  await roles.getByRole('combobox', { name: 'Project' }).selectOption('pods');
  await roles.getByRole('combobox', { name: 'Role' }).selectOption('operator');
  await roles.getByRole('button', { name: 'Give role' }).click();
  await expect(other).toHaveURL(/\/sign-in/);
  const line = roles.getByRole('listitem').filter({ hasText: 'vera' });
  await expect(line).toContainText('operator on pods');
  await expectAccessibleEverywhere(page);
  await line.getByText('Take away…').click();
  await line.getByRole('button', { name: 'Take operator on pods from vera' }).click();
  await expect(line).toHaveCount(0);
});

test('the palette and the keys lead to the account and to the people', async ({ page }) => {
  await open(page, '/');
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('account');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'Tokens for programs' })).toBeVisible();
});
