// Fills a layout that is open already, and may have been filled for somebody else a moment ago: so every
// field and every block is set each time. Runs by evaluate alone; the page itself runs no script.
async ({ declared, fields, qr, title, width, height }) => {
  const SLACK = 0.75; // px; rounding of the page's millimetres
  const STEP = 0.25; // px; finer steps of type nobody sees
  const QR = "verify_qr";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const valueOf = (name) => (name === QR ? qr : fields[name]) || "";

  const hidesWhenEmpty = (element, name) => element.closest(`[data-show-if="${name}"]`) !== null;

  const inside = (text, box) =>
    text.left >= box.left - SLACK &&
    text.top >= box.top - SLACK &&
    text.right <= box.right + SLACK &&
    text.bottom <= box.bottom + SLACK;

  // Letters are measured with the font's full height, which is more than the line where lines are set tightly.
  const linesOf = (text, first, element) => {
    const line = parseFloat(getComputedStyle(element).lineHeight) || first.height;
    const excess = Math.max(0, (first.height - line) / 2);
    return { left: text.left, right: text.right, top: text.top + excess, bottom: text.bottom - excess };
  };

  const page = { left: 0, top: 0, right: width, bottom: height };
  const fits = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = linesOf(range.getBoundingClientRect(), range.getClientRects()[0], element);
    return inside(text, page) && inside(text, element.getBoundingClientRect());
  };

  const fitsAt = (element, size) => {
    element.style.fontSize = `${size}px`;
    return fits(element);
  };

  const shrinkUntilItFits = (element) => {
    let [fitting, tooLarge] = [Number(element.dataset.fit), parseFloat(getComputedStyle(element).fontSize)];
    if (!fitsAt(element, fitting)) return false;
    while (tooLarge - fitting > STEP) {
      const size = (fitting + tooLarge) / 2;
      if (fitsAt(element, size)) fitting = size;
      else tooLarge = size;
    }
    return fitsAt(element, fitting);
  };

  document.title = title;
  // None of them there: this is no longer the layout, and would be a blank page.
  const missing = declared.filter((name) => all(`[data-field="${name}"]`).length === 0);
  const texts = [];
  for (const element of all("[data-field]")) {
    const name = element.dataset.field;
    const value = valueOf(name);
    if (!value && !hidesWhenEmpty(element, name)) missing.push(name);
    if (name === QR) {
      element.src = value;
      element.alt = `QR code: ${fields.verify_url || ""}`;
      continue;
    }
    element.textContent = value;
    if (name === "verify_url" && element.localName === "a") element.href = value;
    element.style.fontSize = "";
    if (value) texts.push(element);
  }
  for (const block of all("[data-show-if]")) {
    if (valueOf(block.dataset.showIf)) block.style.removeProperty("display");
    else block.style.setProperty("display", "none", "important");
  }
  if (missing.length) return { missing, overflowing: [] };

  document.body.getBoundingClientRect(); // has the fonts that these texts need begin to load
  await document.fonts.ready;
  await Promise.all(all("img").map((image) => image.decode()));
  const overflowing = texts
    .filter((element) => !fits(element))
    .filter((element) => !("fit" in element.dataset) || !shrinkUntilItFits(element))
    .map((element) => element.dataset.field);
  return { missing, overflowing };
};
