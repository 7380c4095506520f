// A call from its wait to its end, step by step; at each step the tiles equal the truth.
import assert from 'node:assert/strict';
import test from 'node:test';
import { follow, textOf, until, withPage } from '../chromium.js';
import { demo } from '../program.js';
import { story } from '../story.js';
import { clockLength, tiles } from '../tiles.js';

const { call, moments } = story;
const queue = `queue-${call.queue_id}`;

/** Each queue that had a contact has a tile, and each tile says what is true. */
async function tilesAreTrue(page, moment) {
  const shown = await tiles(page);
  for (const [id, { since, longest, ...figures }] of Object.entries(shown)) {
    const { longest_since: truly, ...truth } = moment.queues[id];
    assert.deepEqual(figures, truth, `${id} at ${moment.at}`);
    const [second, true_second] = [since, truly].map((time) => time && Math.floor(Date.parse(time) / 1000));
    assert.equal(second, true_second, `${id} at ${moment.at}`);
    assert.equal(longest, since ? clockLength((Date.parse(moment.at) - Date.parse(since)) / 1000) : '–', id);
  }
  const busy = Object.keys(moment.queues).filter((id) => moment.queues[id].today[0] !== '0');
  assert.deepEqual(busy.filter((id) => !(id in shown)), []);
}

/** The words for the state of the call, on the page of contacts. */
async function stateOfCall(page) {
  const row = page.locator(`tr[data-key="${call.id}"]`);
  return (await row.count()) ? (await row.locator('td').first().innerText()) : 'over';
}

test('a call goes from waiting to agent to wrap-up, and the tiles equal the truth at each step', async () => {
  await withPage(demo().address, {}, (board) => withPage(`${demo().address}contacts`, {}, (contacts) =>
    withPage(`${demo().address}agents`, {}, async (agents) => {
      const states = [];
      const link = board.locator(`#${queue} h2 a`);
      await link.focus();
      const first = await link.elementHandle();
      for (const moment of moments) {
        if (moment.step > 0) {
          const time = await demo().step(moment.step);
          assert.equal(Date.parse(time.replace(/\[.*/, '')), Date.parse(moment.at));
        }
        const clock = `Stopped at ${moment.at.slice(11, 19)}`;
        for (const page of [board, contacts, agents]) {
          await until(page, clock, async () => (await textOf(page, '#badge')) === clock);
        }
        await tilesAreTrue(board, moment);
        const agent = agents.locator(`tr[data-key="${call.agent}"]`);
        const state = (await agent.count()) ? await agent.locator('td').first().innerText() : 'logged off';
        const inHand = await agent.locator(`a[href="/contacts/${call.id}"]`).count();
        states.push([await stateOfCall(contacts), inHand ? state : 'not in hand']);
        assert.equal(await textOf(agents, '.counts a strong >> nth=0'), String(moment.agents));
      }
      assert.deepEqual(states, [
        ['waits', 'not in hand'], ['with agent', 'On contact'], ['wrap-up', 'After-contact work'], ['over', 'not in hand'],
        ['over', 'not in hand'],
      ]);
      // What had the focus has it: no tile was made anew.
      assert.ok(await first.evaluate((element) => element === document.activeElement));
    })));
});

test('the journey of the call is a picture and words', async () => {
  await withPage(`${demo().address}contacts/${call.id}`, {}, async (page) => {
    const bars = await page.$$eval('.journey .bar', (bars) => bars.map((bar) => bar.classList[1]));
    assert.deepEqual([...new Set(bars)].sort(), ['after-contact-work', 'agent', 'flow', 'queue']);
    const words = await textOf(page, 'table >> nth=-1');
    for (const word of ['Waited in queue', `Talked with agent ${call.agent}`, 'wrapped up']) assert.ok(words.includes(word), `${word}: ${words}`);
    await follow(page, page.getByRole('link', { name: 'What the system did' }));
    assert.match(page.url(), /\?technical$/);
    await follow(page, page.getByRole('link', { name: 'In words for people' }));
    await follow(page, page.getByRole('link', { name: 'All contacts of this customer' }));
    assert.match(page.url(), /\/customers\/[^/]+$/);
    assert.equal(await page.locator(`tr[data-key="${call.id}"]`).count(), 1);
  });
});
