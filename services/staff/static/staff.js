// Small helps. Every page works without them.

// What is going on is looked at again, without losing the place on the page.
const LOOK_AGAIN_MS = 1000;

async function lookAgain() {
  try {
    const answer = await fetch(location.href);
    if (answer.ok && !answer.redirected) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Not reachable just now: the next look may be luckier.
  }
  lookAgainLater();
}

function show(fresh) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const news = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
    const isTheSame = !news || news.outerHTML === place.outerHTML;
    if (!isTheSame && !place.contains(document.activeElement)) place.replaceWith(news);
  }
}

// A page that is told what changes (run.js) need not look.
const isUnseen = () => document.querySelector("[data-going-on]") && !("streamed" in document.documentElement.dataset);
let nextLook;

function lookAgainLater() {
  clearTimeout(nextLook);
  if (isUnseen()) nextLook = setTimeout(() => { if (isUnseen()) lookAgain(); }, LOOK_AGAIN_MS);
}

// Notes are offered where the chosen layout shows them.
function offerNotes(menu) {
  const field = document.querySelector("[data-notes-field]");
  const notes = field.querySelector("textarea");
  const limit = menu.selectedOptions[0]?.dataset.notes;
  field.hidden = notes.disabled = !limit;
  if (limit) notes.maxLength = Number(limit);
}

// A pressed button says so. Pressing it again would do no harm.
function sayPressed(form) {
  const button = form.querySelector("button:not([type=button])");
  const name = button.textContent;
  form.addEventListener("submit", (sent) => { if (sent.submitter === button) button.textContent = form.dataset.once; });
  addEventListener("pageshow", () => { button.textContent = name; });
}

lookAgainLater();
for (const menu of document.querySelectorAll("[data-layouts]")) {
  menu.addEventListener("change", () => offerNotes(menu));
  offerNotes(menu);
}
document.querySelectorAll("[data-once]").forEach(sayPressed);
// On a phone the way to other pages is one line: here is where we are on it.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
