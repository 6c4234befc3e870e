// What each role is shown and offered, with JavaScript and without. What it may do in fact is the server's to say, and its tests'.
import type { Page } from '@playwright/test';

import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { composer, open } from '../fixtures/page.ts';
import { invite, join, section } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';

const ROLES = ['viewer', 'editor', 'operator', 'admin'] as const;
type Role = (typeof ROLES)[number];

const atLeast = (role: Role, least: Role) => ROLES.indexOf(role) >= ROLES.indexOf(least);
const an = (role: Role) => (/^[aeo]/.test(role) ? `an ${role}` : `a ${role}`);
/** What stands in place of what takes a higher role. */
const refusal = (role: Role, takes: Role) => `This takes the role ${takes}; you are ${an(role)}. Ask an admin.`;

/** Checks that a page offers something, or says which role it takes. */
async function expectOffer(page: Page, role: Role, takes: Role, offered: () => Promise<void>, absent: () => Promise<void>): Promise<void> {
  const why = page.getByRole('main').getByText(refusal(role, takes)).first();
  if (atLeast(role, takes)) {
    await offered();
    await expect(why).toHaveCount(0);
  } else {
    await absent();
    await expect(why).toBeVisible();
  }
}

for (const javaScriptEnabled of [true, false]) {
  for (const role of ROLES) {
    test(`${an(role)} is offered what the role allows, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({ page, visitor, fresh, watch }) => {
      watch.provoke(/status of 403/, /answer 403: GET/);
      const conversation = await fresh.conversation('Watched', ['the_author']);
      await fresh.say(conversation, 'Everyone may read this.');
      const link = await invite(page, fresh, role);
      const theirs = await visitor({ stranger: true, javaScriptEnabled });
      await join(theirs, link, 'vera');
      const go = (path: string) => (javaScriptEnabled ? open(theirs, fresh.url(path)) : theirs.goto(fresh.url(path)));

      await go(`/conversations/${conversation}`);
      await expect(theirs.getByText('Everyone may read this.').first()).toBeVisible();
      const talk = (count: number) => () => expect(composer(theirs)).toHaveCount(count);
      await expectOffer(theirs, role, 'editor', talk(1), talk(0));
      // What others see is looked at elsewhere.
      if (javaScriptEnabled && role === 'viewer') await expectAccessibleEverywhere(theirs);
      await theirs.setViewportSize({ width: 1440, height: 900 });

      await go('/projects?new=1');
      const make = (count: number) => () => expect(theirs.getByRole('button', { name: 'Make project' })).toHaveCount(count);
      await expectOffer(theirs, role, 'editor', make(1), make(0));

      await go('/helpers/the_author');
      const pause = theirs.getByRole('button', { name: 'Pause deliveries', exact: true });
      await expectOffer(theirs, role, 'operator', () => expect(pause).toBeEnabled(), () => expect(pause).toBeDisabled());

      const places = theirs.getByRole('navigation').getByRole('link', { name: 'People' }).first();
      await expect(places).toBeVisible({ visible: role === 'admin' });
      await theirs.goto(fresh.url('/people'));
      const title = role === 'admin' ? 'People' : 'You may not do this';
      await expect(theirs.getByRole('heading', { level: 1, name: title })).toBeVisible();
    });
  }
}

test('the page of the admin follows as someone joins', async ({ page, visitor, fresh }) => {
  const link = await invite(page, fresh, 'viewer');
  await join(await visitor({ stranger: true }), link, 'vera');
  await expect(page.getByRole('listitem').filter({ hasText: 'vera' })).toBeVisible();
  await expect(section(page, 'Invitations').getByText('None is open.')).toBeVisible();
});
