// The confirm page says at once what a choice means. The server looks at it all again.
const LONG_AGO_MS = 90 * 24 * 60 * 60 * 1000;

const date = document.querySelector("#issue_date");
const unusual = document.querySelector("[data-unusual]");
const later = document.querySelector("[data-later]");
const choices = [...document.querySelectorAll("[name=mail]")];
const mailed = document.querySelector("[data-mailed]");

function lookAtDate() {
  const ago = date.value ? new Date(date.dataset.today) - new Date(date.value) : 0;
  unusual.textContent = ago < 0 ? "This is in the future." : ago > LONG_AGO_MS ? "This is long ago." : "";
}

function lookAtMail() {
  const chosen = choices.find((choice) => choice.checked);
  later.required = chosen?.value === "later";
  later.closest("label").hidden = !later.required;
  if (mailed && chosen) mailed.lastChild.textContent = ` ${chosen.dataset.mails}`;
}

if (date) {
  date.addEventListener("input", lookAtDate);
  for (const choice of choices) choice.addEventListener("change", lookAtMail);
  lookAtDate();
  lookAtMail();
}
