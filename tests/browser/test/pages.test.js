// Every page: it fits a small screen, axe finds no violation in light and dark; filters stand in the address.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { follow, withPage } from '../chromium.js';
import { demo } from '../program.js';
import { story } from '../story.js';
import { names } from '../tiles.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The queue of the call, as the board has it. */
async function queueOfCall() {
  const { queues } = await demo().get('board');
  return queues.find(({ queue_id: id }) => id === story.call.queue_id);
}

/** The addresses of all pages, by what they are. */
async function addresses() {
  const queue = await queueOfCall();
  const { customer_key: key } = await demo().get(`contacts/${story.call.id}/journey`);
  return {
    queues: '', wall: '?tv', 'no queue': '?text=none-of-that-name', agents: 'agents', 'by time': 'agents?sort=time', contacts: 'contacts',
    journey: `contacts/${story.call.id}`, technical: `contacts/${story.call.id}?technical`, customer: `customers/${key}`,
    queue: `queues/${queue.queue_id}`, 'queue with levels': `queues/${queue.queue_id}?within=30,60,120`,
    'queue of a day without anything': `queues/${queue.queue_id}?day=2026-10-01`,
    health: 'health', 'not there': 'nothing/here',
  };
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join('\n')}`);
}

for (const [colorScheme, viewport] of [['light', { width: 1280, height: 900 }], ['dark', { width: 320, height: 640 }]]) {
  test(`axe finds no violation on any page, ${colorScheme}, ${viewport.width} px`, async () => {
    for (const [what, address] of Object.entries(await addresses())) {
      // axe waits for timers.
      await withPage(demo().address + address, { colorScheme, viewport, hasRealTime: true }, async (page, problems) => {
        assert.deepEqual(await violations(page), [], what);
        const [red, green, blue] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
        assert.equal(red + green + blue < 384, colorScheme === 'dark', what);
        assert.deepEqual(problems.filter((problem) => what !== 'not there' || !problem.includes('404')), [], what);
      });
    }
  });
}

test('no page is wider than a screen of 320 px', async () => {
  for (const [what, address] of Object.entries(await addresses())) {
    await withPage(demo().address + address, { viewport: { width: 320, height: 640 } }, async (page) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 320, `${what}: ${width} px`);
    });
  }
});

test('filters of queues stand in the address', async () => {
  const queue = await queueOfCall();
  await withPage(demo().address, {}, async (page) => {
    const all = await names(page);
    await page.getByLabel('Queue', { exact: true }).fill(queue.name.toLowerCase());
    await follow(page, page.getByRole('button', { name: 'Show' }));
    assert.equal(new URL(page.url()).searchParams.get('text'), queue.name.toLowerCase());
    assert.deepEqual(await names(page), all.filter((name) => name.toLowerCase().includes(queue.name.toLowerCase())));
    await page.goto(`${demo().address}?channel=EMAIL`);
    const { queues } = await demo().get('board');
    const withMail = queues.filter(({ channels }) => 'EMAIL' in channels).map(({ name }) => name);
    assert.deepEqual((await names(page)).sort(), withMail.sort());
    assert.equal(await page.getByLabel('Channel').inputValue(), 'EMAIL');
  });
});

test('agents are filtered by state and team, and sorted by time, in the address', async () => {
  await withPage(`${demo().address}agents`, {}, async (page) => {
    const agents = await demo().get('agents');
    const list = (agents.agents ?? agents).filter(({ standing }) => standing !== 'logged-off');
    const shown = () => page.$$eval('tbody tr', (rows) => rows.map((row) => row.dataset.key));
    assert.deepEqual((await shown()).sort(), list.map(({ username }) => username).sort());
    await follow(page, page.locator('.counts a.on-contact'));
    assert.equal(new URL(page.url()).searchParams.get('state'), 'on-contact');
    assert.deepEqual((await shown()).sort(), list.filter(({ standing }) => standing === 'on-contact').map(({ username }) => username).sort());
    await follow(page, page.getByRole('link', { name: 'logged on' }));
    await page.getByLabel('Order').selectOption('time');
    const team = list.flatMap(({ groups }) => groups)[0];
    await page.getByLabel('Team').selectOption(team);
    await follow(page, page.getByRole('button', { name: 'Show' }));
    const { searchParams } = new URL(page.url());
    assert.deepEqual([searchParams.get('sort'), searchParams.get('team')], ['time', team]);
    const ofTeam = list.filter(({ groups }) => groups.includes(team)).sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
    assert.deepEqual(new Set(await shown()), new Set(ofTeam.map(({ username }) => username)));
    const since = await page.$$eval('tbody time', (times) => times.map((time) => time.dateTime));
    assert.deepEqual(since, [...since].sort());
  });
});

test('a customer is found by number, and the number stands in no address', async () => {
  await withPage(`${demo().address}contacts`, {}, async (page) => {
    await page.getByLabel(/^Contact id/).fill(story.call.number);
    await follow(page, page.getByRole('button', { name: 'Search' }));
    assert.ok(await page.locator(`tr[data-key="${story.call.id}"]`).count());
    assert.ok(!decodeURIComponent(page.url()).includes(story.call.number.slice(-6)));
  });
});

test('the queue of the call has the day in half hours', async () => {
  const truth = story.moments.at(-1).queues[story.call.queue_id];
  await withPage(`${demo().address}queues/${story.call.queue_id}`, {}, async (page) => {
    const cells = await page.$$eval('tbody tr', (rows) => rows.map((row) => [...row.querySelectorAll('td')].slice(0, 3).map((cell) => Number(cell.textContent) || 0)));
    const totals = cells.reduce((sum, row) => sum.map((number, at) => number + row[at]), [0, 0, 0]);
    assert.deepEqual(totals.map(String), truth.today.slice(0, 3));
    assert.deepEqual(cells.at(-1).map(String), truth.interval.slice(0, 3));
    assert.equal(await page.locator('.chart svg').count(), 1);
  });
});
