// When a mark was touched, by the school's clock as far as the page's loading tells, and never backwards on this
// phone: what its own clock shows matters to nobody.

const KEY = "laurel-last-touch";
const shownAt = Number(document.querySelector("[data-now]")?.dataset.now ?? Date.now());
const ahead = shownAt - Date.now();

let last = Number(recalled(KEY) ?? 0);

export function touchedAt() {
  last = Math.max(last + 1, Date.now() + ahead);
  remember(KEY, String(last));
  return new Date(last).toISOString();
}

// Today by the phone's calendar, as a date field says it.
export function today() {
  const now = new Date();
  const two = (n) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

// A UUID also where the page comes over plain http and the browser offers none.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing: then it is chosen again next time.
  }
}

export function recalled(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
