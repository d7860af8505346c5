// A class at the poolside: each mark is saved as it is touched, waits here while there is no line, and a level that is
// complete is celebrated. Without script the page has "Save marks".

import { calm, carryOn, celebrate } from "./celebration.js";
import { newId, recalled, remember, today, touchedAt } from "./marks_clock.js";
import { Control, REFUSED, SAVED, WAITING } from "./marks_controls.js";
import { Sending, personOnPage, tokenOnPage } from "./marks_sending.js";
import { Voice } from "./marks_voice.js";

const REMEMBERED_AS = `laurel-teacher-${personOnPage()}`;

class Marking {
  #loadedOn = today();
  #lastOf = new Map(); // By child: the last touch, and what was there before.
  #last = null;

  constructor(form, voice) {
    this.form = form;
    this.voice = voice;
    this.teacher = form.elements.teacher_id;
    this.date = form.elements.marked_on;
    this.undo = form.querySelector("[data-undo]");
    this.controls = [...form.querySelectorAll("input[data-skill]")].map((input) => new Control(input));
    this.sending = new Sending(personOnPage(), tokenOnPage(), {
      now: (state) => voice.tell(state),
      answered: (touches, answer) => this.#answered(touches, answer),
    });
  }

  async start() {
    this.#rememberTeacher();
    for (const control of this.controls) control.input.addEventListener("change", () => this.#touched(control));
    this.undo.addEventListener("click", () => this.#takeBack(this.#last));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const touch of await this.sending.mine()) this.#showWaiting(touch);
    for (const control of this.controls) this.#count(control.child);
    this.form.classList.add("live");
    this.sending.start();
  }

  #ofChild(child) {
    return this.controls.filter((control) => control.child === child);
  }

  #controlOf({ student_id, level_id, skill_id }) {
    return this.#ofChild(student_id).find((control) => control.level === level_id && control.skill === skill_id);
  }

  // --- who marks

  #rememberTeacher() {
    const known = recalled(REMEMBERED_AS);
    const isOffered = [...this.teacher.options].some((option) => option.value === known);
    if (!this.teacher.value && isOffered) this.teacher.value = known;
    this.teacher.addEventListener("change", () => {
      remember(REMEMBERED_AS, this.teacher.value);
      this.voice.askWho("");
    });
  }

  // --- what is touched

  async #touched(control) {
    const value = control.touched, before = control.value;
    if (!this.teacher.value) {
      control.show(before);
      this.voice.askWho("Choose who is marking, then mark.");
      this.teacher.focus();
      return;
    }
    control.show(value);
    const touch = this.#describe(control, value);
    control.pending = touch.touch_id;
    control.keep(WAITING);
    this.#noteLast(control, before);
    this.#count(control.child);
    this.voice.touched();
    await this.sending.touched(touch);
  }

  #describe(control, value) {
    // A page that was left open over night marks today, unless somebody chose the date.
    if (today() !== this.#loadedOn && this.date.value === this.date.defaultValue) this.date.value = today();
    return {
      touch_id: newId(),
      student_id: control.child,
      level_id: control.level,
      skill_id: control.skill,
      value,
      teacher_id: this.teacher.value,
      marked_on: this.date.value,
      touched_at: touchedAt(),
    };
  }

  #noteLast(control, before) {
    carryOn(control.child);
    this.#last = { control, before };
    this.#lastOf.set(control.child, this.#last);
    this.undo.hidden = false;
    this.undo.setAttribute("aria-label", `Undo ${control.fullName}`);
  }

  #takeBack({ control, before }) {
    control.input[control.isTick ? "checked" : "value"] = before ?? 0;
    control.input.focus();
    this.#touched(control);
  }

  // From before the page was loaded anew.
  #showWaiting(touch) {
    const control = this.#controlOf(touch);
    if (!control) return;
    this.#lastOf.set(control.child, { control, before: control.value });
    control.pending = touch.touch_id;
    control.show(touch.value);
    control.keep(WAITING);
  }

  // --- what became of it

  #answered(touches, { outcomes, standings }) {
    const settled = touches.map((touch, n) => this.#settle(touch, outcomes[n])).filter(Boolean);
    for (const standing of standings) this.#stand(standing, settled);
  }

  // The touch with its control, where it is the newest of its skill and its fate is known.
  #settle(touch, { state, message }) {
    const control = this.#controlOf(touch);
    if (state === "refused") this.voice.refused(control, message);
    if (!control || state === "unknown" || control.pending !== touch.touch_id) return null;
    control.pending = null;
    control.keep(state === "refused" ? REFUSED : SAVED);
    return { touch, control, isTaken: state === "accepted" };
  }

  // How a child stands by the school's records.
  #stand(standing, settled) {
    const mine = this.#ofChild(standing.student_id);
    if (!mine.length || mine[0].level !== standing.level_id) return;
    if (standing.now_in) this.voice.moved(mine[0].card, standing.now_in);
    if (standing.values) for (const control of mine) this.#follow(control, standing.values, settled);
    this.#count(standing.student_id);
    if (mine.some((control) => control.pending)) return;
    const { card } = mine[0];
    const was = "mastered" in card.dataset;
    card.toggleAttribute("data-mastered", standing.mastered);
    card.querySelector("[data-badge]").hidden = !standing.mastered;
    if (standing.mastered && !was) this.#rejoice(card, standing);
    else if (settled.some(({ control, isTaken }) => control.card === card && isTaken && !control.isMastered)) {
      calm(standing.student_id);
      this.voice.reopened(card, standing, was);
    }
  }

  #follow(control, values, settled) {
    if (control.pending || control.isHeld) return;
    const onRecord = control.isTick ? Boolean(values[control.skill]) : values[control.skill] ?? null;
    const mine = settled.find((each) => each.control === control && each.isTaken);
    if (mine && mine.touch.value !== onRecord) this.voice.overtaken(control);
    control.show(onRecord);
  }

  #rejoice(card, { acted, number, moved_to: movedTo }) {
    const { child, name, levelName } = card.dataset;
    const last = this.#lastOf.get(child);
    const waits = number ? `Certificate ${number} is issued.` : "The certificate is waiting in the office.";
    celebrate({
      child,
      card,
      name,
      level: levelName,
      next: movedTo ? `${waits} Next: ${movedTo}.` : waits,
      takeBack: last && !acted ? () => this.#takeBack(this.#lastOf.get(child)) : null,
      goBack: () => (last?.control.input ?? card).focus(),
    });
  }

  #count(child) {
    const all = this.#ofChild(child), done = all.filter((control) => control.isMastered).length;
    const place = this.form.querySelector(`[data-count="${CSS.escape(child)}"]`);
    place.textContent = `${done}/${all.length}`;
    place.parentElement.toggleAttribute("data-all", done === all.length);
  }
}

const form = document.querySelector("[data-marking]");
if (form) new Marking(form, new Voice(form)).start();
