// What a page of the board holds in memory after many updates; a wall runs for a week. `npm run memory` in this folder; SWITCHBOARD
// names the program. The updates are some pages of a demo, a minute apart, over and over: a server reads its stores once a second.
import { browser, closeBrowser, POLL, withPage } from './chromium.js';
import { endPrograms, startDemo } from './program.js';

const UPDATES = 10_000;
const EVERY = 2_000;
const CENTRE = ['--agents', '40', '--tz', 'UTC', '--until', '2026-11-02T09:30'];
const PAGES = 20;

/** The wall's page at each of some minutes. */
async function pages(demo) {
  const pages = [];
  while (pages.length < PAGES) {
    await demo.step(60);
    const page = await fetch(`${demo.address}?tv`);
    const body = await page.text();
    // The store is read at most once a second.
    if (body !== pages.at(-1)?.body) pages.push({ body, headers: Object.fromEntries(page.headers) });
  }
  return pages;
}

/** Bytes of the page's heap, and its nodes, after a collection of garbage. */
async function held(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name) => metrics.find((one) => one.name === name).value;
  return `${(metric('JSHeapUsedSize') / 1e6).toFixed(1)} MB, ${metric('Nodes')} nodes, ${metric('JSEventListeners')} listeners`;
}

try {
  console.log(`browser: ${(await browser()).version()}`);
  const demo = await startDemo(CENTRE);
  await demo.isStopped();
  const told = await pages(demo);
  await withPage(`${demo.address}?tv`, {}, async (page) => {
    let updates = 0;
    await page.route('**/?tv', (route) => {
      updates += 1;
      const { body, headers: packed } = told[updates % PAGES];
      const headers = { ...packed, etag: `"${updates}"` };
      delete headers['content-encoding'];
      return route.fulfill({ body, headers });
    });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    console.log(`at first: ${await held(session)}`);
    for (let next = EVERY; next <= UPDATES; next += EVERY) {
      while (updates < next) await page.clock.runFor(POLL);
      console.log(`after ${updates} updates: ${await held(session)}`);
    }
  });
} finally {
  await closeBrowser();
  await endPrograms();
}
