// Fills the page's slots, one for each certificate, and hides the others. A slot may have been filled for somebody
// else a moment ago: so every field and every block is set each time. Runs by evaluate alone.
async ({ declared, fillings }) => {
  const SLACK = 0.75; // px; rounding of the paper's millimetres
  const STEP = 0.25; // px; finer steps of type nobody sees
  const QR = "verify_qr";

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

  const fits = (element, paper) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = linesOf(range.getBoundingClientRect(), range.getClientRects()[0], element);
    return inside(text, paper) && inside(text, element.getBoundingClientRect());
  };

  const fitsAt = (element, paper, size) => {
    element.style.fontSize = `${size}px`;
    return fits(element, paper);
  };

  const shrinkUntilItFits = (element, paper) => {
    let [fitting, tooLarge] = [Number(element.dataset.fit), parseFloat(getComputedStyle(element).fontSize)];
    if (!fitsAt(element, paper, fitting)) return false;
    while (tooLarge - fitting > STEP) {
      const size = (fitting + tooLarge) / 2;
      if (fitsAt(element, paper, size)) fitting = size;
      else tooLarge = size;
    }
    return fitsAt(element, paper, fitting);
  };

  const setText = (element, value) => {
    element.textContent = value;
    element.style.fontSize = "";
    if (element.dataset.field === "verify_url" && element.localName === "a") element.href = value;
  };

  // Writes all there is to write before anything is measured: the page is laid out once for all of them.
  const write = (slot, fields) => {
    const valueOf = (name) => fields[name === QR ? "verify_url" : name] || "";
    const all = (selector) => [...slot.shadowRoot.querySelectorAll(selector)];
    slot.style.display = "";
    // None of them there: this is no longer the layout, and would be a blank page.
    const missing = declared.filter((name) => all(`[data-field="${name}"]`).length === 0);
    const texts = [];
    for (const element of all("[data-field]")) {
      const name = element.dataset.field;
      const value = valueOf(name);
      if (!value && !element.closest(`[data-show-if="${name}"]`)) missing.push(name);
      if (name === QR) {
        element.alt = `QR code: ${value}`; // its image is a marker, in whose place the code will be drawn
        continue;
      }
      setText(element, value);
      if (value) texts.push(element);
    }
    for (const block of all("[data-show-if]")) {
      if (valueOf(block.dataset.showIf)) block.style.removeProperty("display");
      else block.style.setProperty("display", "none", "important");
    }
    return { slot, texts, missing };
  };

  const measure = ({ slot, texts, missing }) => {
    if (missing.length) return { missing, overflowing: [], spills: false };
    const paper = slot.getBoundingClientRect();
    const overflowing = texts
      .filter((element) => !fits(element, paper))
      .filter((element) => !("fit" in element.dataset) || !shrinkUntilItFits(element, paper))
      .map((element) => element.dataset.field);
    return { missing, overflowing, spills: slot.scrollHeight > slot.clientHeight + 1 };
  };

  const slots = [...document.querySelectorAll("article")];
  for (const slot of slots.slice(fillings.length)) slot.style.display = "none";
  const written = fillings.map((filling, place) => write(slots[place], filling));
  document.body.getBoundingClientRect(); // has the fonts that these texts need begin to load
  // That promise is kept only with the next frame: nobody waits for it where there is nothing to wait for.
  if (document.fonts.status !== "loaded") await document.fonts.ready;
  const reports = written.map(measure);
  // One that cannot be printed as it should takes no part.
  reports.forEach(({ missing, overflowing, spills }, place) => {
    if (missing.length || overflowing.length || spills) slots[place].style.display = "none";
  });
  return reports;
};
