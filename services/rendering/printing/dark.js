// Light letters on a dark ground cannot be seen on paper without that ground, and no printer prints white: they become
// dark. So do letters that were holes through which a background was seen. Runs by evaluate alone, with one slot.
() => {
  const LIGHT = 0.6; // of white, as an eye weighs the colours
  const DARK = "#222";

  const isLight = (colour) => {
    const [red, green, blue, opacity = 1] = (colour.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
    return opacity < 0.5 || (0.299 * red + 0.587 * green + 0.114 * blue) / 255 > LIGHT;
  };

  const slot = document.querySelector("article").shadowRoot;
  const texts = (tree) => [...tree.querySelectorAll("[data-field]:not(img), [data-field]:not(img) *")];
  const inTemplate = texts(window.template);
  for (const [place, text] of texts(slot).entries()) {
    const { color, fill, webkitTextFillColor } = getComputedStyle(text);
    for (const seen of [text, inTemplate[place]]) {
      if (isLight(color)) seen.style.setProperty("color", DARK, "important");
      if (isLight(webkitTextFillColor)) seen.style.setProperty("-webkit-text-fill-color", DARK, "important");
      if (text instanceof SVGElement && isLight(fill)) seen.style.setProperty("fill", DARK, "important");
    }
  }
};
