/** What the tiles say, by the queue's id. */
export async function tiles(page) {
  const read = await page.$$eval('.tile', (tiles) => tiles.map((tile) => {
    const text = (selector) => tile.querySelector(selector)?.textContent.trim() ?? null;
    const row = (at) => [...tile.querySelectorAll(`.figures tbody tr:nth-child(${at}) td`)].map((cell) => cell.textContent.trim());
    return [tile.id.replace(/^queue-/, ''), {
      waiting: Number(text('.now > div:first-child dd')),
      longest: text('.wait dd'),
      since: tile.querySelector('.wait time')?.dateTime ?? null,
      interval: row(1),
      today: row(2),
    }];
  }));
  return Object.fromEntries(read);
}

/** The names in the order of the page. */
export const names = (page) => page.$$eval('.tile:not([hidden]) h2 a', (links) => links.map((link) => link.textContent));

/** A length of time as the page has it. */
export function clockLength(length) {
  const seconds = Math.floor(length);
  const two = (number) => String(number).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${two(seconds % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
