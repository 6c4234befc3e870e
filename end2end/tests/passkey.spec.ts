// Passkeys in a real browser, with Chromium's own virtual authenticator in the place of a finger.
import type { Page } from '@playwright/test';

import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { live } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';
import { OWNER, type Workshop } from '../fixtures/workshop.ts';

/** The address of a page by the name of this machine: passkeys belong to names, not to numbers. */
const named = (workshop: Workshop, path: string) => `http://localhost:${workshop.port}${path}`;

/** Gives the page's browser an authenticator that holds passkeys and always knows its person. */
async function withAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function signIn(page: Page, workshop: Workshop): Promise<void> {
  await page.goto(named(workshop, '/sign-in?next=/account'));
  await page.getByLabel('Name', { exact: true }).fill(OWNER.name);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await live(page);
}

test('a passkey is added, signs in, and is removed', async ({ visitor, fresh, watch }) => {
  watch.provoke(/status of 4(01|09)/, /answer 4(01|09): (GET|POST)/, /WebSocket connection/);
  const page = await visitor({ stranger: true });
  await withAuthenticator(page);
  await signIn(page, fresh);
  const passkeys = page.getByRole('region', { name: 'Passkeys', exact: true });
  await passkeys.getByRole('textbox', { name: 'What to call it' }).fill('laptop');
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys.getByText('“laptop” was added.')).toBeVisible();
  const line = passkeys.getByRole('listitem').filter({ hasText: 'laptop' });
  await expect(line).toContainText('never used');
  await expectAccessibleEverywhere(page);

  // The same device makes no second one.
  await passkeys.getByRole('textbox', { name: 'What to call it' }).fill('again');
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys.getByText('This device holds a passkey of yours already.')).toBeVisible();

  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(named(fresh, '/account'));
  await expectAccessibleEverywhere(page);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(named(fresh, '/account'));
  await live(page);
  await expect(line).toContainText('last used');

  await line.getByText('Remove…').click();
  await line.getByRole('button', { name: 'Remove laptop' }).click();
  await expect(line).toHaveCount(0);
  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText('This passkey was not accepted.')).toBeVisible();
});

test('without JavaScript the password is the way in, and nothing is offered that does not work', async ({ visitor, fresh }) => {
  const page = await visitor({ stranger: true, javaScriptEnabled: false });
  await page.goto(named(fresh, '/sign-in?next=/account'));
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden();
  await page.getByLabel('Name', { exact: true }).fill(OWNER.name);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('To add one takes JavaScript')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add a passkey' })).toBeHidden();
});
