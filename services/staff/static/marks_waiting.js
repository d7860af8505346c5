// On every page: marks that still wait on this phone are sent, and it is said how many.
// A page for marking looks after them itself.

import { Sending, personOnPage, said, tokenOnPage } from "./marks_sending.js";

function banner() {
  const place = document.createElement("p");
  place.setAttribute("role", "status");
  place.className = "notice";
  place.hidden = true;
  document.getElementById("main").prepend(place);
  return (state) => {
    // Others' marks are said where somebody marks.
    const words = said({ ...state, others: 0 });
    place.hidden = !words;
    place.textContent = words;
  };
}

if (personOnPage() && !document.querySelector("[data-marking]")) {
  new Sending(personOnPage(), tokenOnPage(), { now: banner() }).start();
}
