// Gives an open page as many slots as asked: each a sheet of paper with the whole layout in a shadow tree of its own,
// so that styles, ids and measures of one certificate never meet another's. Runs by evaluate alone.
async ({ html, code, count, width, height }) => {
  const EDGE = 0.1; // mm; a sheet as high as the paper can spill over to a second page
  const bare = (style) => style.backgroundColor === "rgba(0, 0, 0, 0)" && style.backgroundImage === "none";

  // A shadow tree has no :root; the layout's own <html> stands for it, with the same weight.
  const prepared = () => {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const paper = parsed.createElement("style");
    paper.textContent = "html { display: flow-root }";
    parsed.head.prepend(paper);
    for (const image of parsed.querySelectorAll('img[data-field="verify_qr"]')) image.src = code;
    for (const style of parsed.querySelectorAll("style")) {
      style.textContent = style.textContent.replaceAll(/:root\b/g, ":is(:root,html)");
    }
    return parsed.documentElement;
  };

  // Fonts are known to a document, not to a shadow tree.
  const bringFonts = (slot) => {
    const faces = [...slot.shadowRoot.styleSheets]
      .flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule instanceof CSSFontFaceRule);
    const style = document.createElement("style");
    style.textContent = faces.map((rule) => rule.cssText).join("\n");
    document.head.append(style);
  };

  // What a browser does for the <html> of a whole document: rem follows its type, and the paper its background.
  const behaveAsDocument = (slot) => {
    const [root, body] = ["html", "body"].map((name) => slot.shadowRoot.querySelector(name));
    document.documentElement.style.fontSize = getComputedStyle(root).fontSize;
    const source = bare(getComputedStyle(root)) ? body : root;
    if (bare(getComputedStyle(source))) return;
    const style = document.createElement("style");
    style.textContent = `:host { background: ${getComputedStyle(source).background} }
      ${source.localName} { background: none !important }`;
    for (const tree of [slot.shadowRoot.querySelector("head"), window.template.querySelector("head")]) {
      tree.append(style.cloneNode(true));
    }
  };

  const addSlot = (template) => {
    const slot = document.createElement("article");
    slot.style.cssText = `width:${width}mm;height:${height - EDGE}mm`;
    slot.attachShadow({ mode: "open" }).append(document.importNode(template, true));
    document.body.append(slot);
    return slot;
  };

  const there = document.querySelectorAll("article").length;
  if (there >= count) return;
  window.template ??= prepared();
  for (let made = there; made < count; made += 1) {
    const slot = addSlot(window.template);
    if (made === 0) {
      bringFonts(slot);
      behaveAsDocument(slot);
    }
  }
  await Promise.all([...document.querySelectorAll("article")].slice(there).flatMap((slot) =>
    [...slot.shadowRoot.querySelectorAll("img, image")].map((image) => image.decode().catch(() => {})),
  ));
};
