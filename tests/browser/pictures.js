// Makes the pictures of the documents anew: docs/images/. `npm run pictures` in this folder; SWITCHBOARD names the program.
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browser, closeBrowser, withPage } from './chromium.js';
import { endPrograms, startDemo } from './program.js';

const IMAGES = new URL('../../docs/images/', import.meta.url);
// A Monday morning with something to see, the same in each picture.
const CENTRE = ['--agents', '40', '--tz', 'Europe/Stockholm', '--until', '2026-11-02T09:40'];

/** A contact with a wait, an agent, a hold and after-contact work: its journey has something to show. */
async function eventful(demo) {
  const { contacts } = await demo.get('contacts?active=false&limit=500');
  for (const { contact_id: id } of contacts) {
    const journey = await demo.get(`contacts/${id}/journey`);
    if (!journey.customer_key) continue;
    const lanes = new Set(journey.stays.map(({ lane }) => lane));
    if (['flow', 'queue', 'agent', 'hold', 'after-contact-work'].every((lane) => lanes.has(lane))) return id;
  }
  throw new Error('no contact has been everywhere');
}

async function picture(name, address, viewport) {
  const path = fileURLToPath(new URL(`${name}.png`, IMAGES));
  await withPage(address, { viewport, colorScheme: 'light' }, async (page) => { await page.screenshot({ path }); });
  console.log(`${path}: ${statSync(path).size} bytes`);
}

mkdirSync(IMAGES, { recursive: true });
try {
  console.log(`browser: ${(await browser()).version()}`);
  const demo = await startDemo(CENTRE);
  await demo.isStopped();
  const { queues } = await demo.get('board');
  await picture('board', demo.address, { width: 1280, height: 800 });
  await picture('agents', `${demo.address}agents?sort=time`, { width: 1280, height: 800 });
  await picture('journey', `${demo.address}contacts/${await eventful(demo)}`, { width: 1280, height: 900 });
  await picture('queue', `${demo.address}queues/${queues[0].queue_id}`, { width: 1280, height: 900 });
} finally {
  await closeBrowser();
  await endPrograms();
}
