// A session in the browser, from its sign-in to its end. The test `in_a_real_browser_a_session_begins_and_ends` of
// crates/board starts the board and the server of the sign-in, and runs this: BOARD is the board's address for people, ADDRESS is
// where it answers over HTTP on this machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, closeBrowser, follow, textOf, withPage } from './chromium.js';

const { ADDRESS, BOARD } = process.env;
const HOST = new URL(BOARD).hostname;

/** What stands before a board: it speaks TLS. Browsers take the session's cookies over nothing else. */
async function front() {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-browser-'));
  const [key, cert] = ['key', 'cert'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${HOST}`,
    '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (asked, answer) => {
    const { method, url: path, headers } = asked;
    const forwarded = request({ host: '127.0.0.1', port: new URL(`http://${ADDRESS}`).port, method, path, headers }, (from) => {
      answer.writeHead(from.statusCode, from.rawHeaders);
      from.pipe(answer);
    });
    forwarded.on('error', (error) => answer.destroy(error));
    asked.pipe(forwarded);
  });
  rmSync(folder, { recursive: true });
  await new Promise((listens) => { server.listen(0, '127.0.0.1', listens); });
  return server;
}

const server = await front();
try {
  const opened = await browser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1:${server.address().port}`]);
  console.log(`browser: ${opened.version()}`);
  await withPage(`${BOARD}/contacts`, { hasRealTime: true, ignoreHTTPSErrors: true }, async (page, problems) => {
    const cookies = async () => (await page.context().cookies(BOARD)).map(({ name }) => name).sort();
    const api = () => page.evaluate(async () => (await fetch('/api/v1/contacts')).status);
    assert.equal(page.url(), `${BOARD}/contacts`, 'signed in, the browser is where it wanted to be');
    assert.equal(await page.locator('tbody tr').count(), 2);
    assert.equal(await api(), 200);
    assert.deepEqual(await cookies(), ['__Host-board-refresh', '__Host-board-session']);
    assert.equal(await page.evaluate(() => document.cookie), '', 'no script reads them');
    assert.deepEqual(problems, []);
    await follow(page, page.getByRole('button', { name: 'Sign out' }));
    assert.equal(page.url(), `${BOARD}/signed-out`, 'by way of the server of the sign-in');
    assert.equal(await textOf(page, 'h1'), 'Signed out');
    assert.deepEqual(await cookies(), []);
    assert.equal(await api(), 401);
  });
} finally {
  await closeBrowser();
  server.closeAllConnections();
  server.close();
}
