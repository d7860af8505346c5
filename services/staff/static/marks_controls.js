// The ticks and sliders of a class: what they show, and what is known of each.

export const SAVED = "saved", WAITING = "waiting", REFUSED = "refused";
const WORDS = { saved: "Saved", waiting: "Waiting", refused: "Not saved" };
const MASTERED = 100;

export class Control {
  constructor(input) {
    this.input = input;
    this.card = input.closest("[data-child]");
    this.skill = input.dataset.skill;
    this.isTick = input.type === "checkbox";
    this.sign = document.querySelector(`[data-kept="${CSS.escape(input.id)}"]`);
    this.pending = null; // The newest touch that is not on record yet.
    this.isHeld = false; // A thumb is on the slider.
    const was = input.form.elements[`was-${input.name}`].value;
    this.value = this.isTick ? was === "on" : was === "" ? null : Number(was);
    if (!this.isTick) this.#slide();
    this.show(this.value);
  }

  get child() { return this.card.dataset.child; }
  get level() { return this.card.dataset.level; }
  get isMastered() { return this.isTick ? this.value : this.value === MASTERED; }
  get name() { return this.input.labels[0].textContent.trim(); }
  get fullName() { return `${this.card.dataset.name}, ${this.name}`; }
  get touched() { return this.isTick ? this.input.checked : Number(this.input.value); }

  // `null`: never marked.
  show(value) {
    this.value = this.isTick ? Boolean(value) : value;
    if (this.isTick) this.input.checked = this.value;
    else {
      this.input.value = value ?? 0;
      this.#tell(value);
    }
  }

  keep(state) {
    this.sign.textContent = WORDS[state];
    this.sign.dataset.state = state;
  }

  // A number field becomes a slider, with its number beside it.
  #slide() {
    this.input.type = "range";
    this.input.step = 5;
    this.number = document.createElement("output");
    this.number.htmlFor = this.input.id;
    this.input.after(this.number);
    this.input.addEventListener("input", () => {
      this.isHeld = true;
      this.#tell(Number(this.input.value));
    });
    this.input.addEventListener("change", () => { this.isHeld = false; });
  }

  #tell(value) {
    this.number.textContent = value === null ? "–" : `${value}%`;
    this.input.style.setProperty("--filled", `${value ?? 0}%`);
    this.input.setAttribute("aria-valuetext", value === null ? "Not marked" : `${value}%`);
  }
}
