// Opens the Overview as someone on a phone with a slow connection opens it for the first time, by Lighthouse, and prints what
// it found as JSON. ORIGIN, NAME and PASSWORD say where to sign in and as whom; CHROMIUM is the browser.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';

const { ORIGIN, NAME, PASSWORD, CHROMIUM } = process.env;
const chromium = await launch({
  chromePath: CHROMIUM,
  logLevel: 'silent',
  // Chromium's own sandbox cannot be had by root.
  chromeFlags: ['--headless=new', '--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});
try {
  const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chromium.port}` });
  const page = await browser.newPage();
  await page.goto(`${ORIGIN}/sign-in`);
  await page.type('input[name=name]', NAME);
  await page.type('input[name=password]', PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click('button[type=submit]')]);
  await page.close();
  await browser.disconnect();

  // Signing in loaded what the Overview needs: Lighthouse empties the browser's caches first, and leaves its cookies.
  const look = () => lighthouse(`${ORIGIN}/`, { port: chromium.port, logLevel: 'error', output: 'json' });
  let { lhr } = await look();
  // It misses the beginning of a page now and then, and asks to be run again.
  if (lhr.runtimeError?.code === 'NO_NAVSTART') ({ lhr } = await look());
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  const ended = new URL(lhr.finalDisplayedUrl).pathname;
  if (ended !== '/') throw new Error(`the Overview led to ${ended}`);
  const requests = lhr.audits['network-requests'].details.items;
  const code = requests.filter(({ url, mimeType }) => /javascript|wasm/.test(mimeType) || /\.(js|wasm)$/.test(new URL(url).pathname));
  const audit = (name) => lhr.audits[name].numericValue;
  console.log(
    JSON.stringify({
      scores: Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)])),
      lost: Object.fromEntries(
        Object.values(lhr.categories).map(({ id, auditRefs }) => [
          id,
          auditRefs.filter(({ weight, id: name }) => weight > 0 && (lhr.audits[name].score ?? 1) < 0.99).map(({ id: name }) => name),
        ]),
      ),
      largest_paint_ms: audit('largest-contentful-paint'),
      blocked_ms: audit('total-blocking-time'),
      shift: audit('cumulative-layout-shift'),
      code_bytes: code.reduce((sum, { transferSize }) => sum + transferSize, 0),
    }),
  );
} finally {
  await chromium.kill();
}
