// A pack that is being made is looked at until it is there, and then opened in this tab.
const LOOK_AGAIN_MS = 700;

async function look() {
  try {
    const { headers } = await fetch(location.href, { method: "HEAD" });
    if (headers.get("content-type")?.startsWith("application/pdf")) return location.reload();
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const [here, news] = [document, fresh].map((page) => page.querySelector("[data-making]"));
    if (!news) return location.reload(); // there is none, and the page says why
    show(here, news);
  } catch {
    // Not reachable just now: the next look may be luckier.
  }
  setTimeout(look, LOOK_AGAIN_MS);
}

function show(here, news) {
  const [words, fresh] = [here, news].map((place) => place.querySelector("[role=status]"));
  if (words.textContent !== fresh.textContent) words.textContent = fresh.textContent;
  here.querySelector("progress").value = news.querySelector("progress").value;
}

setTimeout(look, LOOK_AGAIN_MS);
