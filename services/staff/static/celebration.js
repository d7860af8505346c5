// A level is complete: a moment for it, one child after the other, until somebody carries on.

const QUIET_MS = 700; // A thumb that was on its way to a mark presses nothing here.

const place = document.querySelector("[data-celebration]");
const announced = document.querySelector("[data-announced]");
const find = (name) => place.querySelector(`[data-${name}]`);

let queue = [];
let shown = null;
let since = 0;

// `moment`: {child, card, name, level, next, takeBack, goBack}; without `takeBack` it cannot be taken back.
export function celebrate(moment) {
  queue.push(moment);
  if (!shown) showNext();
}

// The child's level is open again.
export function calm(child) {
  queue = queue.filter((moment) => moment.child !== child);
  if (shown?.child === child) showNext();
}

// Somebody goes on marking, this child.
export function carryOn(child) {
  if (shown && shown.child !== child) showNext();
}

const isTooSoon = () => performance.now() - since < QUIET_MS;

function showNext() {
  if (place.contains(document.activeElement)) shown.goBack();
  shown = queue.shift() ?? null;
  place.hidden = true;
  if (!shown) return;
  const { card, name, level, next, takeBack } = shown;
  card.after(place); // Tab leads from the child's last skill to it.
  find("whose").textContent = name;
  find("what").textContent = `has mastered every skill of ${level}`;
  find("next").textContent = next;
  find("take-back").hidden = !takeBack;
  void place.offsetWidth; // The leaves unfold for each child anew.
  place.hidden = false;
  since = performance.now();
  announced.textContent = `${name} has mastered every skill of ${level}. ${next}`;
}

if (place) {
  find("carry-on").addEventListener("click", () => isTooSoon() || showNext());
  find("take-back").addEventListener("click", () => {
    if (isTooSoon()) return;
    const { takeBack } = shown;
    showNext();
    takeBack();
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && shown && showNext());
}
