"use strict";
// Keeps a page of the board up to date: counts the clocks, asks for what has changed, and puts it in place.
(() => {
  const POLL = 5000, POLL_HIDDEN = 30000, PATIENCE = 15000, WALL_TURN = 12000, LONGEST_PAUSE = 120000;
  const isWall = document.documentElement.classList.contains("tv");
  const address = location.pathname + location.search;
  const isLive = !document.querySelector('form[method="post"] input[value]:not([value=""])');
  let tag = null, pause = POLL, failedSince = null, timer = null, turn = 0;
  // The board's time: what it was, when that was by this browser's own clock, and how fast it goes.
  let board = { at: Date.parse(document.getElementById("clock")?.dateTime || ""), read: performance.now(), speed: 1 };

  const now = () => board.at + (performance.now() - board.read) * board.speed;

  const length = (ms) => {
    const all = Math.floor(Math.max(ms, 0) / 1000), hours = Math.floor(all / 3600);
    const two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(all / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
  };

  const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  const count = () => {
    const at = now();
    for (const time of document.querySelectorAll("time.since")) setText(time, length(at - Date.parse(time.dateTime)));
    for (const time of document.querySelectorAll("time.until")) setText(time, length(Date.parse(time.dateTime) - at));
    const clock = document.getElementById("clock");
    if (clock) {
      setText(clock, new Date(at).toLocaleTimeString("en-GB", { timeZone: clock.dataset.zone, hour12: false }));
    }
    const tiles = document.querySelector(".tiles");
    if (!tiles) return;
    const rank = { calm: 0, warn: 1, alarm: 2 };
    for (const tile of tiles.children) {
      const wait = tile.querySelector(".wait time.live");
      const waited = wait ? (at - Date.parse(wait.dateTime)) / 1000 : -1;
      const isAlarm = waited >= Number(tile.dataset.alarm), isWarn = waited >= Number(tile.dataset.warn);
      const level = wait && isAlarm ? "alarm" : wait && isWarn ? "warn" : "calm";
      if (tile.dataset.wait !== level) tile.dataset.wait = level;
      const worst = [level, tile.dataset.waiting, tile.dataset.figures].reduce((one, other) => (rank[other] > rank[one] ? other : one));
      if (!tile.classList.contains(worst)) tile.className = `tile ${worst}`;
    }
  };

  const showLost = () => {
    const badge = document.getElementById("badge");
    if (badge && failedSince !== null) {
      badge.className = "badge lost";
      setText(badge, `Stale: no answer for ${length(performance.now() - failedSince)}`);
    }
  };

  const readTime = (response) => {
    const at = Date.parse(response.headers.get("board-time") || "");
    const speed = Number(response.headers.get("board-speed") ?? 1);
    if (!Number.isNaN(at)) board = { at, read: performance.now(), speed };
  };

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && (node.id || node.dataset.key)) || null;

  // Makes an element like the next one and leaves in place what is the same: nothing jumps, and what has the focus keeps it.
  // A form is somebody's to fill in; what was opened stays open.
  const become = (old, next) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    if (old.localName === "form") return;
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && name !== "open" && name !== "hidden") old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
    let at = old.firstChild;
    for (const child of [...next.childNodes]) {
      const key = keyOf(child), same = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
      if (same && same.nodeName === child.nodeName) {
        if (same === at) at = at.nextSibling; else old.insertBefore(same, at);
        become(same, child);
      } else {
        old.insertBefore(child, at);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  const put = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    for (const id of ["badge", "main"]) {
      const old = document.getElementById(id), fresh = next.getElementById(id);
      if (old && fresh) become(old, fresh);
    }
    count();
    if (isWall) showTurn();
  };

  const poll = async () => {
    clearTimeout(timer);
    try {
      const headers = tag ? { "if-none-match": tag } : {};
      const response = await fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (response.status !== 200 && response.status !== 304) throw new Error(String(response.status));
      readTime(response);
      const wasLost = failedSince !== null;
      failedSince = null;
      pause = POLL;
      if (response.status === 200 || wasLost) {
        if (response.status === 200) {
          tag = response.headers.get("etag");
          put(await response.text());
        } else {
          tag = null;
          pause = 0;
        }
      }
    } catch {
      failedSince ??= performance.now();
      tag = null;
      pause = Math.min(Math.max(pause, POLL) * 2, LONGEST_PAUSE);
      showLost();
    }
    timer = setTimeout(poll, document.hidden ? Math.max(pause, POLL_HIDDEN) : pause);
  };

  // A wall shows as many tiles as fit, and the next ones after a while; the worst come first.
  const showTurn = () => {
    const tiles = [...document.querySelectorAll(".tile")];
    for (const tile of tiles) tile.hidden = false;
    const top = document.querySelector(".tiles")?.getBoundingClientRect().top ?? 0;
    const fit = tiles.filter((tile) => tile.getBoundingClientRect().bottom - top <= innerHeight - top).length || 1;
    const turns = Math.ceil(tiles.length / fit) || 1;
    const first = (turn % turns) * fit;
    tiles.forEach((tile, at) => { tile.hidden = at < first || at >= first + fit; });
  };

  count();
  setInterval(() => { count(); showLost(); }, 1000);
  if (isWall) {
    showTurn();
    setInterval(() => { turn += 1; showTurn(); }, WALL_TURN);
  }
  // What was searched for came in a body, and is not asked for again.
  if (isLive) {
    document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
    poll();
  }
})();
