// The board in a real browser. `cargo e2e browser::` runs it, with what is true of the centre; tests/README.md says more.
import { after, before } from 'node:test';
import { browser, closeBrowser } from './chromium.js';
import { demo, endPrograms, startDemo } from './program.js';
import { story } from './story.js';

before(async () => {
  console.log(`browser: ${(await browser()).version()}`);
  await startDemo([...story.arguments, '--until', story.moments[0].at]);
  await demo().isStopped();
});
after(async () => {
  await closeBrowser();
  await endPrograms();
});

// In this order: those of the first file move the centre on.
await import('./test/call.test.js');
await import('./test/pages.test.js');
await import('./test/wall.test.js');
await import('./test/without-scripts.test.js');
await import('./test/lost-server.test.js');
