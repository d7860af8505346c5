// Helps on the page of pending progressions. Everything on it works without them, by its buttons and links.
import { asks, openSheet } from "/static/sheet.js";

const form = document.querySelector("#pending");
const find = document.querySelector("#find");
const tables = [...document.querySelectorAll("table.waiting")];
const boxesOf = (table) => [...table.querySelectorAll("tbody input[type=checkbox]")];
const isShown = (box) => !box.disabled && !box.closest("tr").hidden;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const words = (count, one, many) => `${count} ${count === 1 ? one : many}`;

// --- the bar: what the ticks come to, here and on the other pages

const elsewhere = (name) => form.elements[name].value.split(" ").filter(Boolean);
const ticked = (part) => [...form.querySelectorAll(`input[name="${part}"]:checked`)];

function tally() {
  const bar = form.querySelector(".tallied");
  const certificates = ticked("certificate");
  const issued = [...certificates.map((box) => box.value), ...elsewhere("certificates")];
  const moved = [...ticked("level_change").map((box) => box.value), ...elsewhere("level_changes")];
  const families = new Set([
    ...certificates.map((box) => box.dataset.family).filter(Boolean),
    ...form.elements.certificates.dataset.families.split(" ").filter(Boolean),
  ]);
  const mails = words(families.size, "family", "families");
  const strong = document.createElement("strong");
  strong.textContent = `${new Set([...issued, ...moved]).size} selected`;
  const parts = document.createElement("span");
  parts.className = "sub";
  parts.textContent = `${words(issued.length, "certificate", "certificates")}, ${words(moved.length, "level change", "level changes")}`;
  bar.replaceChildren(strong, `, ${bar.dataset.blocked} blocked, ${mails} will be mailed `, parts);
}

// --- ticking: ranges with shift, arrows from box to box (space ticks the box that has the focus)

let last = null;

function tickRange(box) {
  const boxes = boxesOf(box.closest("table")).filter(isShown);
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
}

function moveTo(event, box) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const boxes = tables.flatMap(boxesOf).filter(isShown);
  boxes[boxes.indexOf(box) + step]?.focus();
}

function tickAll(part, on) {
  for (const box of boxesOf(document.querySelector(`table[data-part="${part}"]`)).filter(isShown)) box.checked = on;
  tally();
}

function watchTable(table) {
  table.addEventListener("click", (event) => {
    const box = event.target.closest("input[type=checkbox]");
    if (!box) return;
    if (event.shiftKey && last && last !== box) tickRange(box);
    last = box;
    tally();
  });
  table.addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=checkbox]")) moveTo(event, event.target);
  });
}

// --- finding: `/` leads there; it hides rows, and unticks none of them

function narrow() {
  const wanted = plain(find.value);
  let shown = 0;
  for (const table of tables) {
    for (const row of table.tBodies[0].rows) {
      row.hidden = wanted !== "" && !plain(row.querySelector(".main > a").textContent).includes(wanted);
      if (!row.hidden && table === tables[0]) shown += 1;
    }
  }
  const found = form.querySelector(".found");
  found.dataset.all ??= found.textContent.trim();
  const more = "beyond" in find.dataset ? " on this page. Enter looks on all pages." : " shown. Ticks on the others stay.";
  found.textContent = wanted ? `${words(shown, "student", "students")}${more}` : found.dataset.all;
}

function watchFind() {
  find.addEventListener("input", narrow);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !("beyond" in find.dataset)) event.preventDefault();
    if (event.key === "Escape") {
      find.value = "";
      narrow();
    }
  });
  document.addEventListener("keydown", (event) => {
    const types = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key !== "/" || types || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    find.focus();
  });
  find.nextElementSibling.hidden = !("beyond" in find.dataset);
  if (find.value && !("sent" in form.dataset)) narrow();
}

// --- the note for all stands in each row that has none of its own

function showNote(note) {
  for (const own of form.querySelectorAll('textarea[name^="notes-"]')) own.placeholder = note.value || "Notes";
  for (const room of form.querySelectorAll(".room")) {
    room.classList.toggle("over", note.value.trim().length > Number(room.dataset.most));
  }
}

// --- ticks and notes outlive another filter or order; they stay in this tab and are gone when they were sent

const KEPT = "laurel-pending";

function keep() {
  const unticked = tables.flatMap(boxesOf).filter((box) => !box.disabled && !box.checked);
  const notes = [...form.querySelectorAll("textarea")].filter((text) => text.value);
  const before = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  const here = new Set(tables.flatMap(boxesOf).map((box) => `${box.name} ${box.value}`));
  sessionStorage.setItem(KEPT, JSON.stringify({
    unticked: [
      ...(before.unticked ?? []).filter((id) => !here.has(id)),
      ...unticked.map((box) => `${box.name} ${box.value}`),
    ],
    notes: { ...before.notes, ...Object.fromEntries(notes.map((text) => [text.name, text.value])) },
  }));
}

function restore() {
  const { unticked = [], notes = {} } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  const off = new Set(unticked);
  for (const box of tables.flatMap(boxesOf)) if (off.has(`${box.name} ${box.value}`)) box.checked = false;
  for (const text of form.querySelectorAll("textarea")) text.value ||= notes[text.name] ?? "";
  const note = form.querySelector("#note");
  if (note?.value) note.closest("details").open = true;
}

// --- the names are checked on paper while somebody begins to read

async function checkNames() {
  const { form_token: token, shown } = form.elements;
  const page = await asks(form.action, { form_token: token.value, act: "check", shown: shown.value });
  for (const why of form.querySelectorAll(".waiting[data-part=certificate] .why")) {
    const found = page?.getElementById(why.id);
    if (found && found.innerHTML !== why.innerHTML) why.replaceChildren(...found.childNodes);
  }
  return Boolean(page?.querySelector(".unchecked"));
}

async function checkAll(times = 5) {
  if ((await checkNames()) && times > 1) await checkAll(times - 1);
}

function renamed(student, name) {
  for (const row of document.querySelectorAll(`tr[data-student="${CSS.escape(student)}"]`)) {
    const link = row.querySelector(".main > a");
    for (const named of row.querySelectorAll("[aria-label]")) {
      named.setAttribute("aria-label", named.getAttribute("aria-label").replace(link.textContent, () => name));
    }
    link.textContent = name;
  }
  checkAll();
}

function watchForm() {
  let sent = false;
  if (!form.querySelector(".tallied")) return;
  form.addEventListener("change", tally);
  form.addEventListener("submit", (event) => {
    const { tick, untick } = event.submitter?.dataset ?? {};
    if (tick || untick) {
      event.preventDefault();
      tickAll(tick ?? untick, Boolean(tick));
      return;
    }
    sent = true;
    sessionStorage.removeItem(KEPT);
    if (!event.submitter?.value) event.submitter.textContent = "Starting…";
  });
  addEventListener("pagehide", () => { if (!sent) keep(); });
  addEventListener("pageshow", () => { form.querySelector("#start").textContent = "Start Certificate Generation"; });
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", () => { sent = true; sessionStorage.removeItem(KEPT); });
  form.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-edit], a[data-preview]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openSheet(link, form, renamed);
  });
}

function watchFilters() {
  const filters = document.querySelector("#filters");
  const menus = [...filters.elements].filter((field) => field.matches("select"));
  for (const menu of menus) menu.addEventListener("change", () => filters.requestSubmit());
  // What is not chosen does not belong in the address.
  filters.addEventListener("submit", () => { for (const menu of menus) menu.disabled = !menu.value; });
  addEventListener("pageshow", () => { for (const menu of menus) menu.disabled = false; });
  filters.querySelector("button").hidden = true;
  const details = filters.closest("details");
  if (matchMedia("(max-width: 860px)").matches) details.open = "narrows" in details.dataset;
}

if (form) {
  watchFilters();
  watchFind();
  tables.forEach(watchTable);
  watchForm();
  const note = form.querySelector("#note");
  note?.addEventListener("input", () => showNote(note));
  if (tables.length && !("sent" in form.dataset)) {
    restore();
    form.querySelector(".check").hidden = true;
    checkAll();
  }
  if (note) showNote(note);
  if (tables.length) tally();
}
