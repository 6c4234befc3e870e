// What one does, everyone sees while it happens, without loading anything anew.
import { badge, composer, live, mark, messages, newConversation, open, say, waitForAnswer } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';
import { TESTER } from '../fixtures/workshop.ts';

test('two browsers see each other’s messages', async ({ page, visitor }) => {
  const address = await newConversation(page, 'Two at a table');
  await live(page);
  const other = await visitor();
  await open(other, address);
  const [here, there] = [await mark(page), await mark(other)];

  await say(page, 'Is **anybody** there?');
  await expect(messages(other, 'Is anybody there?').locator('strong')).toHaveText('anybody');
  await say(other, 'I am.');
  await expect(messages(page, 'I am.')).toBeVisible();
  for (const one of [page, other]) await expect(messages(one, /./)).toHaveCount(2);
  await here();
  await there();
});

test('a new conversation and a new title appear in the list of the other', async ({ page, visitor }) => {
  const other = await visitor();
  await open(other, '/conversations');
  await newConversation(page, 'Heard of at once');
  const line = other.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /^Heard of at once/ });
  await expect(line).toBeVisible();
  await page.getByText('Rename', { exact: true }).first().click();
  await page.getByRole('textbox', { name: 'New title' }).fill('Heard of under another name');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(other.getByRole('link', { name: /^Heard of under another name/ })).toBeVisible();
  await expect(line).toHaveCount(0);
});

test('what is new is marked until it was seen, in every browser', async ({ page, visitor, workshop }) => {
  const other = await visitor();
  await open(page, '/conversations');
  await open(other, '/');
  const id = await workshop.conversation('Unread for now', ['the_author']);
  await workshop.say(id, '@the_author /templates');
  const line = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /^Unread for now/ });
  await expect(line.getByText(/^\d unread$/)).toBeVisible();
  await expect(line).toContainText('the_author: A project can start from:');
  const rail = other.getByRole('navigation', { name: 'Workshop' }).getByRole('link', { name: /^Conversations/ });
  await expect(rail).toContainText(/[1-9]\d* unread/);

  await other.goto('/conversations');
  await live(other);
  const there = other.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /^Unread for now/ });
  await expect(there.getByText(/unread$/)).toBeVisible();
  await line.click();
  await expect(messages(page, 'A project can start from:')).toBeVisible();
  await expect(line.getByText(/unread$/)).toHaveCount(0);
  await expect(there.getByText(/unread$/)).toHaveCount(0);
});

test('The Author answers free text honestly, and commands with what they ask for', async ({ page }) => {
  await newConversation(page, 'With The Author', ['the_author']);
  await live(page);
  await say(page, 'Good morning! What is on your mind?');
  const answer = await waitForAnswer(page, 'the_author', 'No language model is configured');
  await expect(answer).toContainText('/scaffold <name> [template]');
  await say(page, '/templates');
  await waitForAnswer(page, 'the_author', 'A project can start from:');
  const asked = messages(page, '/templates').and(page.locator('[data-kind=person]'));
  await expect(asked.getByText(/^answered in /)).toBeVisible();
});

test('an answer is seen while it grows, and its delivery says where it stands', async ({ page, visitor, workshop }) => {
  const address = await newConversation(page, 'Held for a while', [TESTER]);
  await live(page);
  const other = await visitor();
  await open(other, address);
  await say(page, '/hold growing');
  for (const one of [page, other]) {
    const draft = one.locator('.message.draft');
    await expect(draft).toContainText(`${TESTER} is answering`);
    await expect(draft).toContainText('The first half of growing');
    await expect(messages(one, '/hold growing').getByText(/^at work/)).toBeVisible();
    await expect(one.getByRole('link', { name: /^Held for a while/ })).toContainText(`${TESTER} is working…`);
  }
  workshop.release('growing');
  for (const one of [page, other]) {
    await waitForAnswer(one, TESTER, 'The first half of growing, and the second.');
    await expect(one.locator('.message.draft')).toHaveCount(0);
    await expect(messages(one, '/hold growing').getByText(/^answered in /)).toBeVisible();
  }
});

test('a message to a paused helper says why it waits', async ({ page, fresh }) => {
  await page.goto(fresh.url('/'));
  const id = await fresh.conversation('Waiting for the archivist', ['the_archivist']);
  await fresh.api('POST', '/helpers/the_archivist/pause');
  await open(page, fresh.url(`/conversations/${id}`));
  await say(page, '/summary');
  const asked = messages(page, '/summary').first();
  await expect(asked.getByText(/^queued .*: deliveries to it are paused$/)).toBeVisible();
  await fresh.api('POST', '/helpers/the_archivist/resume');
  await waitForAnswer(page, 'the_archivist', 'Open questions');
  await expect(asked.getByText(/^answered in /)).toBeVisible();
});

test('a delivery that fails says why and when it is tried again', async ({ page }) => {
  await newConversation(page, 'Failing', [TESTER]);
  await live(page);
  await say(page, '/fail The ink ran out');
  await expect(messages(page, '/fail').getByText(/^attempt 2 of 5.*: .*The ink ran out/)).toBeVisible();
});

test('mentions and commands are completed by keyboard', async ({ page }) => {
  await newConversation(page, 'Completed', ['the_author']);
  await live(page);
  const field = composer(page);
  const choices = page.getByRole('listbox', { name: 'Suggestions' });
  await field.focus();

  await page.keyboard.type('@arch');
  await expect(choices.getByRole('option')).toHaveCount(1);
  await expect(choices.getByRole('option', { selected: true })).toContainText('@the_archivist');
  await page.keyboard.press('Tab');
  await expect(field).toHaveValue('@the_archivist ');
  await page.keyboard.type('/');
  await expect(choices.getByRole('option', { selected: true })).toContainText('/decide');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(choices.getByRole('option', { selected: true })).toContainText('/find');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('@the_archivist /find ');
  await page.keyboard.press('Escape');
  await field.fill('');

  await page.keyboard.type('/te');
  await expect(choices.getByRole('option', { selected: true })).toContainText('/templates');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('/templates ');
  await expect(choices).toBeHidden();
  await page.keyboard.press('Enter');
  await waitForAnswer(page, 'the_author', 'A project can start from:');

  await page.keyboard.type('@');
  await expect(choices).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(choices).toBeHidden();
  await expect(field).toHaveValue('@');
});

test('a reply quotes what it answers, and a decision is listed', async ({ page }) => {
  await newConversation(page, 'Answers');
  await live(page);
  await say(page, 'Red or blue?');
  await say(page, 'Something else entirely.');
  await page.getByRole('link', { name: 'Reply to Owner, message 1' }).click();
  await expect(page.getByText('Answering Owner Red or blue?')).toBeVisible();
  await say(page, 'Blue.');
  await expect(messages(page, 'Blue.').getByRole('link', { name: 'Owner Red or blue?' })).toBeVisible();
  await expect(page.getByText('Answering Owner')).toHaveCount(0);
  await say(page, '/decide It is blue.');
  await expect(page.getByRole('complementary').getByRole('link', { name: 'It is blue.' })).toBeVisible();
});

test('the Overview moves by itself', async ({ page, workshop }) => {
  await open(page, '/');
  const stays = await mark(page);
  const id = await workshop.conversation('Seen from the Overview', ['the_author']);
  const feed = page.getByRole('region', { name: 'Happening now' });
  const figure = page.getByRole('region', { name: 'Figures' }).getByText(/in the last hour$/);
  const before = parseInt((await figure.textContent())!, 10);
  await workshop.say(id, 'One more.');
  await expect(feed.getByRole('link', { name: /Seen from the Overview/ }).first()).toBeVisible();
  await expect(async () => expect(parseInt((await figure.textContent())!, 10)).toBeGreaterThan(before)).toPass();
  await expect(badge(page)).toHaveText('live');
  await stays();
});
