// The door: the first run makes the first admin, strangers get no further, and whoever signs in comes to where they wanted.
import type { Page } from '@playwright/test';

import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { live } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';
import { OWNER, Workshop } from '../fixtures/workshop.ts';

const refusals = [/status of 4(01|03|04|22)/, /answer 4(01|03|04|22): (GET|POST)/];

async function introduce(page: Page, given: Partial<typeof OWNER> & { again?: string } = {}) {
  const { name, display_name, password, again = password } = { ...OWNER, ...given };
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Display name').fill(display_name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password, again').fill(again);
  await page.getByRole('button', { name: 'Make the account' }).click();
}

async function signIn(page: Page, password: string) {
  await page.getByLabel('Name', { exact: true }).fill(OWNER.name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test('the printed link makes the first admin, once', async ({ visitor, watch }) => {
      watch.provoke(...refusals);
      const workshop = await Workshop.open({ tester: false, setUp: false });
      const page = await visitor({ stranger: true, javaScriptEnabled });
      await page.goto(workshop.url('/helpers'));
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('This workshop is not set up yet');
      await page.goto(workshop.url('/set-up?link=tau_wrong'));
      await expect(page.getByText('This set-up link does not hold')).toBeVisible();

      await page.goto(workshop.setUpLink!);
      await introduce(page, { password: 'password12' });
      await expect(page.getByText('one of the passwords that are tried first')).toBeVisible();
      await introduce(page, { again: 'something else entirely' });
      await expect(page.getByText('not the same as above')).toBeVisible();
      await introduce(page);
      await expect(page).toHaveURL(workshop.url('/'));
      await expect(page).toHaveTitle('Overview · TATWATS');
      if (javaScriptEnabled) await live(page);

      const late = await visitor({ stranger: true, javaScriptEnabled });
      await late.goto(workshop.setUpLink!);
      await expect(late).toHaveURL(/\/sign-in/);
      await watch.leave();
      await workshop.close();
    });

    test('a stranger signs in, and comes to the page that they asked for', async ({ visitor, workshop, watch }) => {
      watch.provoke(...refusals);
      const page = await visitor({ stranger: true, javaScriptEnabled });
      await page.goto('/conversations?new=1');
      await expect(page).toHaveURL(/\/sign-in\?next=/);
      await signIn(page, 'not the password');
      await expect(page.getByText('The name or the password is not right.')).toBeVisible();
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      await signIn(page, OWNER.password);
      await expect(page).toHaveURL(workshop.url('/conversations?new=1'));
      await expect(page.getByRole('button', { name: 'Open conversation' })).toBeVisible();
      if (javaScriptEnabled) await live(page);
    });
  });
}

test('a stranger hears and reads nothing', async ({ visitor, workshop, watch }) => {
  watch.provoke(...refusals, /WebSocket connection/);
  const page = await visitor({ stranger: true });
  await page.goto('/sign-in');
  const tried = await page.evaluate(async () => {
    const statuses = [];
    for (const path of ['/api/v1/', '/api/v1/conversations', '/api/v1/events', '/api/v1/account']) statuses.push((await fetch(path)).status);
    const socket = new WebSocket(`ws://${location.host}/api/v1/events`);
    const heard = await new Promise((done) => {
      socket.onopen = () => done('open');
      socket.onerror = () => done('refused');
    });
    return { statuses, heard };
  });
  expect(tried).toEqual({ statuses: [401, 401, 401, 401], heard: 'refused' });
  expect((await fetch(workshop.url('/readyz'))).status).toBe(200);
});

test('the pages at the door have no fault that axe can find', async ({ visitor, watch }) => {
  watch.provoke(...refusals);
  const workshop = await Workshop.open({ tester: false, setUp: false });
  const page = await visitor({ stranger: true });
  for (const address of [workshop.url('/'), workshop.setUpLink!]) {
    await page.goto(address);
    await expectAccessibleEverywhere(page);
  }
  await workshop.setUp();
  for (const path of ['/sign-in', '/join?link=tai_wrong']) {
    await page.goto(workshop.url(path));
    await expectAccessibleEverywhere(page);
  }
  await watch.leave();
  await workshop.close();
});

test('a page whose session is ended elsewhere leads to the door, and from there back', async ({ visitor, workshop, watch }) => {
  watch.provoke(...refusals);
  const before = (await workshop.api('GET', '/account/sessions')).items.map(({ id }: { id: string }) => id);
  const page = await visitor({ stranger: true });
  await page.goto('/sign-in?next=/helpers');
  await signIn(page, OWNER.password);
  await expect(page).toHaveURL(workshop.url('/helpers'));
  await live(page);
  const sessions = (await workshop.api('GET', '/account/sessions')).items;
  const theirs = sessions.find(({ id }: { id: string }) => !before.includes(id));
  await workshop.api('DELETE', `/account/sessions/${theirs.id}`);
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fhelpers/);
  await signIn(page, OWNER.password);
  await expect(page).toHaveURL(workshop.url('/helpers'));
  await live(page);
});

test('whoever has no account can read what to do, on a phone too', async ({ visitor, workshop }) => {
  const page = await visitor({ stranger: true, viewport: { width: 390, height: 844 } });
  await page.goto(workshop.url('/sign-in'));
  const words = page.getByText('No account?');
  await expect(words).toBeVisible();
  expect(await words.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true);
});
