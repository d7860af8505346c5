// Papers are ticked off as they are touched: each tick is sent at once, and again until it has arrived. What others tick
// meanwhile shows here too. Without script the list has a button.
const AGAIN_MS = [1000, 2000, 4000, 8000];
const LOOK_MS = 10000;

const form = document.querySelector("form[data-touch]");
const boxes = form ? [...form.querySelectorAll("input[name=presented]")] : [];
const saving = form?.querySelector("[data-saving]");
const unsaved = new Map(); // certificate to whether it is ticked
let busy = false;
let failures = 0;

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const ticked = (part) => part.querySelectorAll("input[name=presented]:checked").length;

function count() {
  form.querySelector("[data-all-ticked]").textContent = ticked(form);
  for (const group of form.querySelectorAll("[data-group]")) {
    group.querySelector("[data-ticked]").textContent = ticked(group);
  }
}

function say(words, kind = "") {
  saving.hidden = !words;
  saving.textContent = words;
  saving.className = kind;
}

function touched({ target }) {
  if (target.name !== "presented") return;
  unsaved.set(target.value, target.checked);
  count();
  save();
}

function body(touches) {
  const fields = new URLSearchParams({ form_token: form.elements.form_token.value, form_id: newId(), touched: "1" });
  for (const [id, ticked] of touches) fields.append(ticked ? "presented" : "was", id);
  return fields;
}

async function save() {
  if (busy || !unsaved.size) return;
  busy = true;
  say("Saving…");
  const touches = [...unsaved];
  const outcome = await send(touches);
  busy = false;
  if (outcome === "again") return later();
  failures = 0;
  for (const [id, ticked] of touches) if (unsaved.get(id) === ticked) unsaved.delete(id);
  if (outcome) {
    takeBack(touches);
    return say(outcome, "bad");
  }
  say("Saved", "good");
  save();
}

// Nothing where it is saved, `again` where it may be later, or the words why not.
async function send(touches) {
  try {
    const answer = await fetch(location.href, { method: "POST", body: body(touches), redirect: "manual" });
    if (answer.ok) return "";
    if (answer.status === 422) return await answer.text();
    if (answer.status >= 500) return "again";
    return "You are signed out, or this page is out of date. Open it again, then tick once more.";
  } catch {
    return "again";
  }
}

function later() {
  say("Not saved yet. Trying again…", "bad");
  setTimeout(save, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
  failures += 1;
}

function takeBack(touches) {
  for (const [id, ticked] of touches) {
    const box = boxes.find(({ value }) => value === id);
    if (box && !unsaved.has(id)) box.checked = !ticked;
  }
  count();
}

// What is on the list no more was handed out by somebody else, or withdrawn. It stays in its place: nothing moves under
// a thumb.
async function look() {
  try {
    const answer = document.hidden || unsaved.size ? null : await fetch(location.href);
    if (answer?.ok && !answer.redirected && !unsaved.size) compare(await answer.text());
  } catch {
    // Not reachable just now.
  }
  setTimeout(look, LOOK_MS);
}

function compare(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const theirs = new Map([...fresh.querySelectorAll("input[name=presented]")].map((box) => [box.value, box.checked]));
  for (const box of boxes) {
    if (unsaved.has(box.value)) continue;
    if (theirs.has(box.value)) box.checked = theirs.get(box.value);
    else box.disabled = !box.checked;
  }
  count();
}

if (form) {
  form.querySelector("[data-save]").hidden = true;
  form.addEventListener("change", touched);
  addEventListener("online", save);
  addEventListener("beforeunload", (event) => { if (unsaved.size) event.preventDefault(); });
  count(); // a browser that goes back remembers ticks
  setTimeout(look, LOOK_MS);
}
