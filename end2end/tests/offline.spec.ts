// Offline and back: nothing typed is lost, everything goes out once, and the page says how it stands.
import { badge, composer, live, mark, messages, newConversation, open, say } from '../fixtures/page.ts';
import { type Page, UNREACHABLE, expect, test } from '../fixtures/test.ts';

/** Stands between a page and its live stream: once `cut`, the page hears no more than `answers` answers to what it asks. */
class Line {
  cut = false;
  answers = 0;
  asked = 0;

  static async of(page: Page): Promise<Line> {
    const line = new Line();
    await page.routeWebSocket('**/api/v1/events', (socket) => {
      const workshop = socket.connectToServer();
      let hello: string | Buffer;
      workshop.onMessage((frame) => {
        if (String(frame).startsWith('{"type":"hello"')) hello = frame;
        if (!line.cut) socket.send(frame);
      });
      socket.onMessage((frame) => {
        if (!line.cut) workshop.send(frame);
        else if (++line.asked <= line.answers) socket.send(hello);
      });
    });
    return line;
  }
}

test('a message written offline waits in sight and goes out once', async ({ page, context, visitor, workshop, watch }) => {
  const address = await newConversation(page, 'In a tunnel');
  await live(page);
  const other = await visitor();
  await open(other, address);
  const stays = await mark(page);
  watch.provoke(UNREACHABLE);

  await context.setOffline(true);
  await expect(badge(page)).toHaveText(/^offline since \d\d:\d\d$/);
  await say(page, 'Sent in the tunnel');
  await say(page, 'And right after it');
  const waiting = page.locator('.message.pending');
  await expect(waiting).toHaveCount(2);
  await expect(waiting.first()).toContainText('queued: it goes out by itself, once, when the workshop is back');
  await say(other, 'Where are you?');

  await context.setOffline(false);
  await live(page);
  await expect(messages(page, 'And right after it')).toBeVisible();
  await expect(waiting).toHaveCount(0);
  await expect(messages(other, 'And right after it')).toBeVisible();
  await expect(messages(page, 'Where are you?')).toBeVisible();
  const said = (await workshop.said(new URL(address).pathname.split('/').pop()!)).map(({ body }) => body);
  expect(said).toEqual(['Where are you?', 'Sent in the tunnel', 'And right after it']);
  for (const one of [page, other]) await expect(messages(one, /./)).toHaveCount(3);
  await stays();
});

test('a message written offline survives a reload of the page', async ({ page, context, workshop, watch }) => {
  const address = await newConversation(page, 'Reloaded in a tunnel');
  await live(page);
  watch.provoke(UNREACHABLE);
  await context.setOffline(true);
  await expect(badge(page)).toHaveText(/^offline since/);
  await say(page, 'Kept over a reload');
  await expect(page.locator('.message.pending')).toHaveCount(1);
  await context.setOffline(false);
  await page.reload();
  await live(page);
  await expect(messages(page, 'Kept over a reload')).toBeVisible();
  await expect(page.locator('.message.pending')).toHaveCount(0);
  expect(await workshop.said(new URL(address).pathname.split('/').pop()!)).toHaveLength(1);
});

test('a waiting message can be taken back', async ({ page, context, workshop, watch }) => {
  const address = await newConversation(page, 'Thought better of it');
  await live(page);
  watch.provoke(UNREACHABLE);
  await context.setOffline(true);
  await expect(badge(page)).toHaveText(/^offline since/);
  await say(page, 'Rather not');
  await page.getByRole('button', { name: 'Take back' }).click();
  await expect(composer(page)).toHaveValue('Rather not');
  await expect(page.locator('.message.pending')).toHaveCount(0);
  await context.setOffline(false);
  await live(page);
  await say(page, 'Something kinder');
  await expect(messages(page, 'Something kinder')).toBeVisible();
  expect((await workshop.said(new URL(address).pathname.split('/').pop()!)).map(({ body }) => body)).toEqual(['Something kinder']);
});

test('an answer that was on its way as the network went does not keep the page live', async ({ page, context, samples, watch }) => {
  const line = await Line.of(page);
  await open(page, `/conversations/${samples.conversation}`);
  watch.provoke(UNREACHABLE);
  Object.assign(line, { cut: true, answers: 1 });
  await context.setOffline(true);
  await expect(badge(page)).toHaveText(/^offline since/);
  expect(line.asked).toBe(2);
});

test('a workshop that answers without a network stays live', async ({ page, context, samples, watch }) => {
  const line = await Line.of(page);
  await open(page, `/conversations/${samples.conversation}`);
  watch.provoke(UNREACHABLE);
  Object.assign(line, { cut: true, answers: Infinity });
  await context.setOffline(true);
  await expect.poll(() => line.asked, { message: 'it is asked again and again' }).toBeGreaterThan(2);
  await expect(badge(page)).toHaveText('live');
});

test('a draft survives a reload, one for each conversation', async ({ page }) => {
  const first = await newConversation(page, 'First draft');
  await live(page);
  await composer(page).fill('Half a thou');
  await expect(page.getByText('Draft kept')).toBeVisible();
  await newConversation(page, 'Second draft');
  await live(page);
  await expect(composer(page)).toHaveValue('');
  await composer(page).fill('Another half');
  await page.reload();
  await expect(composer(page)).toHaveValue('Another half');
  await open(page, first);
  await expect(composer(page)).toHaveValue('Half a thou');
  await say(page, 'Half a thought');
  await page.reload();
  await live(page);
  await expect(composer(page)).toHaveValue('');
});

test('what is typed before the page has woken up is kept', async ({ page, workshop }) => {
  const id = await workshop.conversation('Typed early');
  let wake = () => {};
  const asleep = new Promise<void>((done) => (wake = done));
  await page.route('**/*.wasm', async (route) => {
    await asleep;
    await route.continue();
  });
  await page.goto(`/conversations/${id}`, { waitUntil: 'commit' });
  await composer(page).fill('Quicker than the script');
  wake();
  await live(page);
  await expect(composer(page)).toHaveValue('Quicker than the script');
  await composer(page).press('Enter');
  await expect(messages(page, 'Quicker than the script')).toBeVisible();
});
