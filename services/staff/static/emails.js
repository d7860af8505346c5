// The mail follows what is typed. Without this, a press on “Show the mail” shows it.
const WAIT_MS = 350;

const button = document.querySelector("[data-preview]");
const form = button.form;
let due;
let shows = 0;
let place = 0;

const mailIn = (frame) => frame.contentDocument?.querySelector("iframe")?.contentWindow;

// In a new frame each time: the one that is there is shown until the mail has come, and no step back leads to it.
function show() {
  const frames = form.querySelectorAll("iframe");
  const shown = frames[0];
  [...frames].slice(1).forEach((late) => late.remove());
  const coming = shown.cloneNode();
  coming.name = button.formTarget = `preview-${++shows}`;
  coming.classList.add("coming");
  shown.after(coming);
  coming.addEventListener("load", () => {
    if (!coming.isConnected) return;
    // Whoever looks at their words goes on looking at them.
    place = mailIn(shown)?.scrollY ?? place;
    shown.remove();
    coming.classList.remove("coming");
    mailIn(coming)?.scrollTo(0, place);
  });
  form.requestSubmit(button);
}

function later() {
  clearTimeout(due);
  due = setTimeout(show, WAIT_MS);
}

document.documentElement.classList.add("live");
form.addEventListener("input", later);
show();
