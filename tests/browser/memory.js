// What a page of the board holds in memory after many updates; a wall runs for a week. `npm run memory` in this folder; SWITCHBOARD
// names the program.
import { setTimeout as pause } from 'node:timers/promises';
import { browser, closeBrowser, POLL, withPage } from './chromium.js';
import { endPrograms, startDemo } from './program.js';

const UPDATES = 10_000;
const EVERY = 2_000;
// A centre that is awake, and changes faster than the page asks.
const CENTRE = ['--agents', '40', '--tz', 'UTC', '--at', '2026-11-02T09:00', '--speed', '20'];

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
  while ((await demo.get('health')).feed.state === 'catching-up') await pause(100);
  await withPage(`${demo.address}?tv`, {}, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    console.log(`at first: ${await held(session)}`);
    let updates = 0;
    page.on('requestfinished', () => { updates += 1; });
    for (let next = EVERY; next <= UPDATES; next += EVERY) {
      while (updates < next) await page.clock.runFor(POLL);
      console.log(`after ${updates} updates: ${await held(session)}`);
    }
  });
} finally {
  await closeBrowser();
  await endPrograms();
}
