// What the first look at a page fetches, and what waits until it is painted.
import type { Request } from '@playwright/test';

import { live } from '../fixtures/page.ts';
import { expect, test } from '../fixtures/test.ts';

for (const { device, width, typefaces } of [
  { device: 'a phone', width: 390, typefaces: [] },
  { device: 'a wide screen', width: 1440, typefaces: ['/fonts/inter.woff2', '/fonts/jetbrains-mono.woff2'] },
]) {
  test(`${device} paints before it fetches code`, async ({ visitor }) => {
    const page = await visitor({ viewport: { width, height: 844 } });
    const requests: Request[] = [];
    page.on('request', (request) => requests.push(request));
    await page.goto('/');
    await live(page);

    const fetched = (type: string) => requests.filter((request) => request.resourceType() === type).map((request) => new URL(request.url()).pathname);
    expect(fetched('font').sort()).toEqual(typefaces);
    const { painted, code } = await page.evaluate(() => {
      const starts = (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => /\.(js|wasm)$/.test(new URL(name).pathname))
        .map(({ startTime }) => startTime);
      return { painted: performance.getEntriesByName('first-contentful-paint')[0]!.startTime, code: Math.min(...starts) };
    });
    expect(code).toBeGreaterThan(painted);
  });
}
