// Without scripts the pages say the same, as of when they were asked for.
import assert from 'node:assert/strict';
import test from 'node:test';
import { follow, textOf, withPage } from '../chromium.js';
import { demo } from '../program.js';
import { story } from '../story.js';
import { names } from '../tiles.js';

test('the pages are readable without scripts', async () => {
  const { queues } = await demo().get('board');
  const queue = queues.find(({ queue_id: id }) => id === story.call.queue_id);
  let main;
  await withPage(demo().address, {}, async (page) => { main = await textOf(page, 'main'); });
  await withPage(demo().address, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await textOf(page, 'main'), main);
    await page.getByLabel('Queue', { exact: true }).fill(queue.name);
    await follow(page, page.getByRole('button', { name: 'Show' }));
    assert.ok((await names(page)).every((name) => name.includes(queue.name)));
    await follow(page, page.getByRole('link', { name: queue.name, exact: true }));
    assert.equal(await textOf(page, 'h1'), queue.name);
    await page.goto(`${demo().address}contacts/${story.call.id}`);
    assert.match(await textOf(page, 'main'), /wrapped up/);
  });
});
