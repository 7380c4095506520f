// A server that goes away and comes back.
import assert from 'node:assert/strict';
import test from 'node:test';
import { textOf, until, withPage } from '../chromium.js';
import { startDemo } from '../program.js';

// A short day so far, and a centre that is awake.
const LIVE = ['--agents', '4', '--queues', '2', '--tz', 'UTC', '--at', '2026-11-02T08:20'];

test('without an answer the badge says stale, and live when the server is back', async () => {
  const live = await startDemo(LIVE);
  await withPage(live.address, {}, async (page) => {
    const badge = () => textOf(page, '#badge');
    await until(page, 'live', async () => (await badge()) === 'Live');
    await live.end();
    await until(page, 'stale', async () => (await badge()).startsWith('Stale: no answer for'));
    assert.equal(await page.locator('#badge.lost').count(), 1);
    await page.clock.runFor(60_000);
    assert.match(await badge(), /^Stale: no answer for [1-9]\d*:\d\d$/);
    assert.ok((await page.locator('.tile').count()) > 0, 'what was known stays');
    await live.restart(LIVE);
    await until(page, 'live again', async () => (await badge()) === 'Live');
    await live.end();
  });
});
