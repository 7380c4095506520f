// The board on a wall: no person, no cursor, and all queues in turn.
import assert from 'node:assert/strict';
import test from 'node:test';
import { withPage } from '../chromium.js';
import { demo } from '../program.js';
import { story } from '../story.js';
import { names } from '../tiles.js';

test('a wall shows no person and no cursor, and nothing to click', async () => {
  await withPage(`${demo().address}?tv`, { viewport: { width: 1920, height: 1080 } }, async (page) => {
    const text = await page.locator('body').innerText();
    assert.deepEqual(story.agents.filter((agent) => text.includes(agent)), []);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).cursor), 'none');
    assert.equal(await page.locator('form:visible, header nav:visible').count(), 0);
  });
});

test('a small wall shows the worst queues first, and the others in turn', async () => {
  await withPage(`${demo().address}?tv`, { viewport: { width: 640, height: 620 } }, async (page) => {
    const { queues } = await demo().get('board');
    const first = await names(page);
    assert.ok(first.length > 0 && first.length < queues.length, `${first.length} of ${queues.length}`);
    assert.deepEqual(first, queues.slice(0, first.length).map(({ name }) => name));
    const seen = new Set(first);
    for (let turn = 0; turn < queues.length; turn += 1) {
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height <= 620 || (await names(page)).length === 1, `${height} px`);
      await page.clock.runFor(12_000);
      for (const name of await names(page)) seen.add(name);
    }
    assert.deepEqual([...seen].sort(), queues.map(({ name }) => name).sort());
  });
});
