// A run's page, live: the server tells what changes, and it is said here. Without this, or when it
// breaks, staff.js looks again at the whole page as it does everywhere.
const root = document.documentElement;

function follow(address) {
  const source = new EventSource(address);
  source.onopen = () => { root.dataset.streamed = ""; };
  source.onerror = onItsOwn;
  source.addEventListener("rows", (told) => Object.entries(JSON.parse(told.data)).forEach(showRow));
  source.addEventListener("progress", (told) => showProgress(JSON.parse(told.data)));
  source.addEventListener("end", () => {
    source.close();
    onItsOwn();
    lookAgain();
  });
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (shown) => { if (shown.persisted) location.reload(); }, { once: true });
}

// The browser connects again by itself, if it may; until then the page is looked at as a whole.
function onItsOwn() {
  delete root.dataset.streamed;
  lookAgainLater();
}

function showRow([id, [stage, words, reason]]) {
  const row = document.querySelector(`[data-row="${CSS.escape(id)}"]`);
  if (!row) return;
  const state = row.querySelector("[data-stage]");
  state.className = `state ${stage}`;
  state.textContent = words;
  const why = row.querySelector("[data-why]");
  why.textContent = reason ?? "";
  why.hidden = !reason;
  row.querySelector("[data-view]").hidden = ["queued", "printing", "failed", "cancelled"].includes(stage);
}

function showProgress(news) {
  const headline = document.querySelector("[data-headline]");
  if (headline) {
    if (headline.textContent !== news.headline) headline.textContent = news.headline;
    document.querySelector("[data-left]").textContent = news.left ?? "";
    Object.assign(document.querySelector("[data-bar]"), { max: news.total || 1, value: news.done });
    document.querySelector("[data-counts]").replaceChildren(...news.counts.map(count));
  }
  if (document.querySelector("[data-can]").dataset.can !== news.can) lookAgain();
}

function count([stage, words]) {
  const shown = document.createElement("span");
  shown.className = stage;
  shown.textContent = words;
  return shown;
}

// How long an undo may still be asked for. The server has the last word.
function countDown() {
  const undo = document.querySelector("[data-until]");
  if (!undo) return;
  const left = Math.floor((new Date(undo.dataset.until) - Date.now()) / 1000);
  undo.hidden = left <= 0;
  const minutes = Math.floor(left / 60), seconds = String(left % 60).padStart(2, "0");
  undo.querySelector("[data-countdown]").textContent = ` (${minutes}:${seconds} left)`;
}

const live = document.querySelector("[data-run-events]");
if (live && "EventSource" in window) follow(live.dataset.runEvents);
countDown();
setInterval(countDown, 1000);
