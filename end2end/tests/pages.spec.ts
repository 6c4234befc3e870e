// Every page: rendered whole by the server, taken over without a word in the console, and usable by everyone.
import { expectAccessibleEverywhere } from '../fixtures/axe.ts';
import { badge, live, open } from '../fixtures/page.ts';
import { PAGES } from '../fixtures/places.ts';
import { expect, test } from '../fixtures/test.ts';

for (const { name, path, status, title, shows } of PAGES) {
  test.describe(name, () => {
    test('is rendered by the server and goes live', async ({ page, watch, samples }) => {
      if (status === 404) watch.provoke(/status of 404/, /answer 404: GET/);
      const answer = await page.goto(path(samples));
      expect(answer?.status()).toBe(status);
      await live(page);
      await expect(page).toHaveTitle(`${title} · TATWATS`);
      for (const text of shows) await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
      await expect(page.getByRole('main')).toHaveCount(1);
    });

    test('is readable without JavaScript', async ({ visitor, watch, samples }) => {
      if (status === 404) watch.provoke(/status of 404/, /answer 404: GET/);
      const page = await visitor({ javaScriptEnabled: false });
      await page.goto(path(samples));
      await expect(page).toHaveTitle(`${title} · TATWATS`);
      for (const text of shows) await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      await expect(badge(page)).toBeHidden();
      await expect(page.getByText(/^not live\b.*JavaScript$/)).toBeVisible();
    });

    test('ends where what it shows ends', async ({ page, watch, samples }) => {
      if (status === 404) watch.provoke(/status of 404/, /answer 404: GET/);
      await open(page, path(samples));
      for (const size of [{ width: 1440, height: 500 }, { width: 390, height: 500 }]) {
        await page.setViewportSize(size);
        const below = await page.evaluate(() => {
          const { scrollHeight, clientHeight } = document.documentElement;
          return scrollHeight - Math.max(clientHeight, Math.ceil(document.body.getBoundingClientRect().height));
        });
        expect(below, `${size.width} px wide`).toBeLessThanOrEqual(0);
      }
    });

    test('has no fault that axe can find', async ({ page, watch, samples }) => {
      if (status === 404) watch.provoke(/status of 404/, /answer 404: GET/);
      await open(page, path(samples));
      await expectAccessibleEverywhere(page);
    });
  });
}
