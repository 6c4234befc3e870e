// The server dies and comes back: the page says so, keeps what it has, and catches up by itself.
import { badge, live, mark, messages, open, say, waitForAnswer } from '../fixtures/page.ts';
import { UNREACHABLE, expect, test } from '../fixtures/test.ts';

test('a page outlives a crash of the server; nothing is lost and nothing doubled', async ({ page, fresh, watch }) => {
  const id = await fresh.conversation('Crash', ['the_author']);
  await open(page, fresh.url(`/conversations/${id}`));
  await say(page, 'Before');
  await expect(messages(page, 'Before').getByText(/^answered in /)).toBeVisible();
  const before = await messages(page, /./).count();
  const stays = await mark(page);
  watch.provoke(UNREACHABLE);

  for (const [index, round] of ['first', 'second'].entries()) {
    await fresh.kill();
    await expect(badge(page)).toHaveText(/^reconnecting/);
    await expect(messages(page, 'Before').first()).toBeVisible();
    await say(page, `Written during the ${round} crash`);
    await expect(page.locator('.message.pending')).toHaveCount(1);
    await fresh.start();
    await fresh.say(id, `Said by another after the ${round} crash`);
    await badge(page).click();
    await live(page);
    await expect(messages(page, `Said by another after the ${round} crash`).first()).toBeVisible();
    await expect(messages(page, `Written during the ${round} crash`).first()).toBeVisible();
    await expect(page.locator('.message.pending')).toHaveCount(0);
    await expect.poll(async () => (await fresh.said(id)).length).toBe(before + 4 * (index + 1));
  }
  await say(page, '/templates');
  await waitForAnswer(page, 'the_author', 'A project can start from:');

  // Four messages and the last question, each with its answer, each once, in one order for all.
  await expect.poll(async () => (await fresh.said(id)).length).toBe(before + 10);
  await expect(messages(page, /./)).toHaveCount(before + 10);
  const said = await fresh.said(id);
  const own = said.filter(({ sender }) => sender === 'user:owner').map(({ body }) => body);
  expect(new Set(own).size).toBe(own.length);
  expect(own).toHaveLength(6);
  const shown = await messages(page, /./).evaluateAll((articles) => articles.map(({ id }) => id));
  expect(shown).toEqual(said.map((_, index) => `m${index + 1}`));
  await stays();
});

test('a page follows a server that was asked to restart', async ({ page, fresh, watch }) => {
  await open(page, fresh.url('/'));
  const stays = await mark(page);
  watch.provoke(UNREACHABLE);
  await fresh.stop();
  await expect(badge(page)).toHaveText(/^reconnecting/);
  await fresh.start();
  await badge(page).click();
  await live(page);
  await expect(page.getByText('4 helpers running')).toBeVisible();
  await stays();
});
