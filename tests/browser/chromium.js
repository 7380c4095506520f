// The browser, and pages in it whose time stands still until a test moves it.
import { accessSync } from 'node:fs';
import { chromium } from 'playwright-core';

// Debian has the first, Ubuntu's machines for continuous integration the last.
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome'];
/** How often a page asks for what has changed, in milliseconds. */
export const POLL = 5000;
/** How long something may take on a busy machine, in milliseconds: a test that waits for so long has failed. */
const PATIENCE = 120_000;

let launched = null;

/** The browser; `args` are for the first call, which starts it. */
export function browser(args = []) {
  const executablePath = PROGRAMS.find((path) => {
    try { accessSync(path); return true; } catch { return false; }
  });
  if (!executablePath) throw new Error(`no browser: ${PROGRAMS.join(', ')}; tests/setup installs one`);
  // It opens the pages of this machine alone. Root, who runs the tests, has no sandbox.
  launched ??= chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
  return launched;
}

export async function closeBrowser() {
  await (await launched)?.close();
}

/**
 * Opens an address in a context of its own and lets `look` have the page, whose clock stands still unless `hasRealTime`.
 */
export async function withPage(address, { hasRealTime = false, ...options }, look) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  try {
    const page = await context.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
    if (!hasRealTime && options.javaScriptEnabled !== false) {
      const start = new Date('2026-11-02T00:00:00Z');
      await page.clock.install({ time: start });
      await page.clock.pauseAt(new Date(start.getTime() + 1000));
    }
    await page.goto(address);
    await look(page, problems);
  } finally {
    await context.close();
  }
}

/** Lets the page ask for news until something is so. */
export async function until(page, what, isSo) {
  const deadline = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    const asked = Promise.race([page.waitForEvent('requestfinished'), page.waitForEvent('requestfailed')]);
    // A page that gets no answer asks less and less often.
    await page.clock.runFor(POLL);
    await Promise.race([asked, page.evaluate(() => 0)]);
    asked.catch(() => {});
  }
}

/** Clicks on what leads to another page, and comes back when that is there. */
export async function follow(page, locator) {
  await Promise.all([page.waitForEvent('load'), locator.click()]);
}

/** The text of the one element, with its space as a reader sees it. */
export const textOf = async (page, selector) => (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim();
