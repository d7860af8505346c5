// The front page, live: told that something has changed, it looks again. A page that was away looks too.
if ("EventSource" in window) {
  const source = new EventSource("/events");
  let wasAway = false;
  source.onerror = () => { wasAway = true; };
  source.onopen = () => { if (wasAway) lookAgain(); wasAway = false; };
  source.addEventListener("changed", lookAgain);
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (shown) => { if (shown.persisted) location.reload(); }, { once: true });
}
