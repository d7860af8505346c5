// Takes a layout's drawn art out of its slots, so that it is printed once and not for every certificate.
// Each step is told by name; the page has one slot while it is done. Runs by evaluate alone.
async ({ step, markers, place }) => {
  const WORTH_IT = 2000; // characters of markup; less is drawn as quickly as it is put in its place
  const UNSEEN = new Set(["defs", "style", "title", "desc", "symbol", "metadata"]);
  const slot = document.querySelector("article").shadowRoot;
  const trees = [slot, window.template];

  const isArt = (svg) =>
    svg.outerHTML.length > WORTH_IT && !svg.parentElement.closest("svg") && !svg.querySelector("[data-field]");

  // In the art and in the certificates the marker fills the same box: so it tells where the art belongs.
  const mark = (svg, marker) => {
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    for (const [name, value] of [["href", marker], ["width", "100%"], ["height", "100%"]]) {
      image.setAttribute(name, value);
    }
    image.setAttribute("preserveAspectRatio", "none");
    svg.append(image);
    return image.decode();
  };

  const steps = {
    // How many there are, at most one for each marker.
    find: async () => {
      const found = trees.map((tree) => [...tree.querySelectorAll('svg[aria-hidden="true"]')].filter(isArt));
      const count = Math.min(found[0].length, markers.length);
      for (const arts of found) {
        await Promise.all(arts.slice(0, count).map((art, number) => {
          art.dataset.art = number;
          return mark(art, markers[number]).catch(() => {}); // in the template nothing is loaded
        }));
      }
      return count;
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
      for (const art of trees.flatMap((tree) => [...tree.querySelectorAll("[data-art]")])) {
        const marker = art.lastElementChild;
        const gone = [...art.children].filter((child) => child !== marker && !UNSEEN.has(child.localName));
        for (const child of gone) child.remove();
      }
    },
    // There is no art to be taken out after all.
    leave: async () => {
      for (const art of trees.flatMap((tree) => [...tree.querySelectorAll("[data-art]")])) {
        art.lastElementChild.remove();
        delete art.dataset.art;
      }
    },
  };
  return steps[step]();
};
