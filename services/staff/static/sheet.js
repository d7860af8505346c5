// The sheet over the list: a preview of the certificate, or its name to be edited. Its pages exist without it too.

const sheet = document.querySelector("#sheet");
const content = sheet?.querySelector(".sheet");

// The page that answers; null when there is none.
export async function asks(address, data) {
  try {
    const answer = await fetch(address, data ? { method: "POST", body: new URLSearchParams(data) } : undefined);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

export function openSheet(link, form, renamed) {
  const row = link.closest("tr");
  const name = row.querySelector(".main > a").textContent;
  sheet.querySelector("#sheet-title").textContent = "edit" in link.dataset ? "Name on certificate" : `Preview: ${name}`;
  say("One moment…");
  sheet.showModal();
  sheet.addEventListener("close", () => link.focus(), { once: true });
  if ("edit" in link.dataset) editName(link.pathname, row.dataset.student, renamed);
  else showPicture(link, form, row, name);
}

function say(words) {
  const paragraph = document.createElement("p");
  paragraph.setAttribute("role", "status");
  paragraph.textContent = words;
  content.replaceChildren(paragraph);
}

// --- the picture, with the note that is typed just now

async function showPicture(link, form, row, name) {
  const own = row.querySelector("textarea");
  const notes = own ? own.value || form.elements.note?.value || "" : "";
  const data = new URLSearchParams({ form_token: form.elements.form_token.value, notes });
  try {
    const answer = await fetch(link.href.replace(/preview$/, "picture.jpg"), { method: "POST", body: data });
    if (answer.headers.get("content-type") === "image/jpeg") await draw(await answer.blob(), name);
    else say(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main p")?.textContent ?? "There is no preview just now.");
  } catch {
    say("The preview could not be fetched just now. Try again in a moment.");
  }
}

// Drawn, because the page's policy lets no picture in that has no address.
async function draw(blob, name) {
  const picture = await createImageBitmap(blob);
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  figure.className = "proof";
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The certificate of ${name} as it will be printed`);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  caption.className = "hint";
  caption.textContent = "As it will be printed, with the note as it is now. Number and QR code are examples: the real ones are given when it is issued.";
  figure.append(canvas, caption);
  content.replaceChildren(figure);
}

// --- the name

async function editName(address, student, renamed) {
  show(await asks(address), address, student, renamed);
}

function show(page, address, student, renamed) {
  const part = page?.querySelector("[data-sheet]");
  if (!part) {
    say(page?.querySelector("main p")?.textContent ?? "The records can't be reached just now. Try again in a moment.");
    return;
  }
  const printed = part.querySelector("[data-printed-name]");
  if (printed) {
    renamed(student, printed.textContent);
    sheet.close();
    return;
  }
  content.replaceChildren(part);
  const form = part.querySelector("form");
  const name = form.querySelector("#preferred_name");
  name.focus();
  name.select();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    show(await asks(address, new FormData(form)), address, student, renamed);
  });
}
