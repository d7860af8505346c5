// Marks that were touched and are not on record yet, kept in this browser: ids and values, never a name.
// They outlive a reload, a lost connection and a phone that goes to sleep.

const SHELF = "touches";
const unkept = new Map(); // Where the browser keeps nothing: they live as long as this page.

let opening = open();

export const isKept = opening.then(Boolean);

export async function keep(touch) {
  if (!(await use("readwrite", (shelf) => shelf.put(touch)))) unkept.set(touch.touch_id, touch);
}

export async function drop(ids) {
  for (const id of ids) unkept.delete(id);
  await use("readwrite", (shelf) => ids.forEach((id) => shelf.delete(id)));
}

// All that wait, whosever they are, in the order of the touches.
export async function waiting() {
  const read = await use("readonly", (shelf) => shelf.getAll());
  const touches = [...(read?.result ?? []), ...unkept.values()];
  return touches.sort((one, other) => one.touched_at.localeCompare(other.touched_at));
}

function open() {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open("laurel-marks", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF, { keyPath: "touch_id" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

// What was asked of the shelf, once it is done; false where nothing can be kept.
async function use(mode, ask) {
  for (const isLast of [false, true]) {
    const store = await opening;
    if (!store) return false;
    try {
      return await inOneGo(store, mode, ask);
    } catch {
      // A phone that slept for long may have closed the store: it is opened again.
      if (!isLast) opening = open();
    }
  }
  return false;
}

function inOneGo(store, mode, ask) {
  return new Promise((resolve, reject) => {
    // On the disk before it counts as kept: a phone may be switched off at any moment.
    const going = store.transaction(SHELF, mode, { durability: "strict" });
    const asked = ask(going.objectStore(SHELF));
    going.oncomplete = () => resolve(asked ?? true);
    going.onerror = going.onabort = () => reject(going.error);
  });
}
