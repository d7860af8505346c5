// Takes a layout's drawn art out of its slots, so that it is printed once and not for every certificate.
// Each step is told by name; the page has one slot while it is done. Runs by evaluate alone.
async ({ step, markers, place }) => {
  const DRAWING_WORTH_IT = 2000; // characters of markup; less is drawn as quickly as it is put in its place
  const IMAGE_WORTH_IT = 20000; // characters of its data
  const UNSEEN = new Set(["defs", "style", "title", "desc", "symbol", "metadata"]);
  const slot = document.querySelector("article").shadowRoot;
  const trees = [slot, window.template];
  const decorations = (tree) => [...tree.querySelectorAll('svg[aria-hidden="true"], img[alt=""]')];
  const arts = (tree) => [...tree.querySelectorAll("[data-art]")];

  const isArt = (element) =>
    element.localName === "img"
      ? element.src.length > IMAGE_WORTH_IT && !element.dataset.field && getComputedStyle(element).objectFit === "fill"
      : element.outerHTML.length > DRAWING_WORTH_IT &&
        !element.parentElement.closest("svg") &&
        !element.querySelector("[data-field]");

  // In the art and in the certificates the marker fills the same box: so it tells where the art belongs.
  const mark = (svg, marker) => {
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    for (const [name, value] of [["href", marker], ["width", "100%"], ["height", "100%"]]) {
      image.setAttribute(name, value);
    }
    image.setAttribute("preserveAspectRatio", "none");
    svg.append(image);
    return image.decode().catch(() => {}); // in the template nothing is loaded
  };

  const takeDrawing = (svg) => {
    const marker = svg.lastElementChild;
    const gone = [...svg.children].filter((child) => child !== marker && !UNSEEN.has(child.localName));
    for (const child of gone) child.remove();
  };

  const takeImage = (image, { width, height }) => {
    Object.assign(image.style, { width, height }); // whatever is shown in it
    image.src = markers[image.dataset.art];
    return image.decode().catch(() => {});
  };

  const steps = {
    // Of what kind each is, at most one for each marker.
    find: async () => {
      const chosen = decorations(slot).map(isArt);
      const kinds = [];
      for (const tree of trees) {
        const found = decorations(tree).filter((_, place) => chosen[place]).slice(0, markers.length);
        for (const [number, art] of found.entries()) {
          art.dataset.art = number;
          kinds[number] = art.localName;
          if (art.localName === "svg") await mark(art, markers[number]);
        }
      }
      return kinds;
    },
    // This one alone is on the paper.
    show: async () => {
      const style = document.createElement("style");
      style.id = "alone";
      style.textContent = `html { visibility: hidden !important }
        [data-art="${place}"] { visibility: visible !important }`;
      slot.append(style);
    },
    back: async () => slot.getElementById("alone").remove(),
    // The markers alone are left, and what other drawings may refer to.
    take: async () => {
      const sizes = arts(slot).map((art) => {
        const { width, height } = getComputedStyle(art);
        return { width, height };
      });
      for (const tree of trees) {
        for (const [number, art] of arts(tree).entries()) {
          if (art.localName === "svg") takeDrawing(art);
          else await takeImage(art, sizes[number]);
        }
      }
    },
    // There is no art to be taken out after all.
    leave: async () => {
      for (const art of trees.flatMap(arts)) {
        if (art.localName === "svg") art.lastElementChild.remove();
        delete art.dataset.art;
      }
    },
  };
  return steps[step]();
};
