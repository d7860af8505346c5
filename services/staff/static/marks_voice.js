// What the page says of the marks: how many wait, and what was not as it was touched.

import { said } from "./marks_sending.js";
import { isKept } from "./marks_store.js";

const SOON_MS = 700; // What is saved quicker than this is not said to be on its way.

export class Voice {
  #touchedAny = false;
  #isKept = true;
  #soon;

  constructor(form) {
    const find = (name) => form.querySelector(`[data-${name}]`);
    [this.saving, this.said, this.who, this.signIn] = ["saving", "said", "who", "sign-in"].map(find);
    isKept.then((kept) => { this.#isKept = kept; });
  }

  touched() {
    this.#touchedAny = true;
    this.askWho("");
    this.#say("");
  }

  askWho(words) {
    this.who.textContent = words;
  }

  // `state`: see Sending.
  tell(state) {
    clearTimeout(this.#soon);
    const isSending = state.mine > 0 && state.why === "sending";
    const words = said(state, this.#isKept) || (this.#touchedAny ? "All marks saved" : "Each mark is saved as you touch it.");
    this.saving.toggleAttribute("data-waits", state.mine > 0 && !isSending);
    this.signIn.hidden = !(state.mine > 0 && state.why === "signed-out");
    if (isSending) this.#soon = setTimeout(() => this.#put("Saving…"), SOON_MS);
    else this.#put(words);
  }

  refused(control, message) {
    this.#say(`${control ? control.fullName : "A mark"} was not saved. ${message}`);
  }

  overtaken(control) {
    this.#say(`${control.fullName}: somebody has marked it since you did, so theirs stands.`);
  }

  moved({ dataset: { name, levelName } }, nowIn) {
    this.#say(`${name} is in ${nowIn} now. What you mark here counts for ${levelName}: open the class again for ${nowIn}.`);
  }

  // A mark was taken back; `was`: the level had been complete.
  reopened(card, { acted, number }, was) {
    const { name, levelName } = card.dataset;
    const stays = number ? `certificate ${number} stays` : "the move to the next level stays";
    if (acted) this.#say(`The mark is taken back. The office has acted on ${levelName} already: ${stays}.`);
    else if (was) this.#say(`${levelName} is open again for ${name}: no certificate waits any more.`);
  }

  #put(words) {
    // The same words again would be read out again.
    if (this.saving.textContent !== words) this.saving.textContent = words;
  }

  #say(words) {
    this.said.textContent = words;
  }
}
