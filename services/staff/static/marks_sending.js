// Sends the marks that wait, in their order and a few at a time, until each is on record.
// A mark that is sent again is the same mark: it has an id of its own.

import { drop, keep, waiting } from "./marks_store.js";

const AT_ONCE = 20;
const PATIENCE_MS = 20_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000];

export class Sending {
  #busy = false;
  #again = false;
  #vain = 0;
  #timer;
  #tried = new Set();

  // `heard.now(state)`: how many wait, and why. `heard.answered(touches, answer)`: what became of some.
  constructor(person, token, heard) {
    this.person = person;
    this.token = token;
    this.heard = heard;
  }

  start() {
    addEventListener("online", () => this.send());
    addEventListener("pageshow", () => this.send());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.send());
    this.send();
  }

  async touched(touch) {
    await keep({ ...touch, person: this.person });
    await this.#forgetOvertaken(touch);
    this.send();
  }

  // One request at a time, so that the marks arrive in their order.
  async send() {
    this.#again = true;
    if (this.#busy) return this.#tell("sending");
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      while (this.#again) {
        this.#again = false;
        while (await this.#sendSome());
      }
    } finally {
      this.#busy = false;
    }
  }

  async mine() {
    return (await waiting()).filter((touch) => touch.person === this.person);
  }

  async #sendSome() {
    const some = (await this.mine()).slice(0, AT_ONCE);
    await this.#tell(some.length ? "sending" : "done");
    if (!some.length) return false;
    for (const touch of some) this.#tried.add(touch.touch_id);
    const answer = await this.#post(some);
    if (answer.why) return this.#later(answer.why);
    const settled = some.filter((_, n) => answer.outcomes[n]?.state !== "unknown");
    await drop(settled.map((touch) => touch.touch_id));
    this.heard.answered?.(some, answer);
    if (settled.length < some.length) return this.#later("slow");
    this.#vain = 0;
    return true;
  }

  async #post(some) {
    const form = new URLSearchParams({ form_token: this.token });
    for (const { person, ...touch } of some) form.append("touch", JSON.stringify(touch));
    try {
      const answer = await fetch("/class/marks", {
        method: "POST",
        body: form,
        redirect: "manual",
        signal: AbortSignal.timeout?.(PATIENCE_MS),
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) return { why: "signed-out" };
      return answer.ok ? await answer.json() : { why: "away" };
    } catch {
      return { why: "away" };
    }
  }

  async #later(why) {
    await this.#tell(why);
    // Somebody has to sign in first: then this page is another.
    if (why !== "signed-out") {
      const pause = PAUSES_MS[Math.min(this.#vain, PAUSES_MS.length - 1)];
      this.#timer = setTimeout(() => this.send(), pause);
    }
    this.#vain += 1;
    return false;
  }

  async #tell(why) {
    const all = await waiting();
    const mine = all.filter((touch) => touch.person === this.person).length;
    this.heard.now({ why: why === "sending" && this.#vain ? "away" : why, mine, others: all.length - mine });
  }

  // Of several touches of one skill that nobody has been sent yet the newest says it all.
  async #forgetOvertaken(newest) {
    const isOvertaken = (touch) =>
      touch.touch_id !== newest.touch_id && touch.touched_at < newest.touched_at && !this.#tried.has(touch.touch_id)
      && touch.student_id === newest.student_id && touch.level_id === newest.level_id && touch.skill_id === newest.skill_id;
    await drop((await this.mine()).filter(isOvertaken).map((touch) => touch.touch_id));
  }
}

// What is said of the marks that wait; empty where there is nothing to say.
export function said({ why, mine, others }, isKept = true) {
  const lines = [];
  if (mine && why === "signed-out") lines.push(`You are signed out. ${marks(mine)} on this phone until you sign in again.`);
  else if (mine && why === "away") lines.push(`No connection. ${marks(mine)} on this phone and ${go(mine)} by ${mine === 1 ? "itself" : "themselves"} when it is back.`);
  else if (mine && why === "slow") lines.push(`${marks(mine)} for the school's records, and ${go(mine)} by ${mine === 1 ? "itself" : "themselves"}.`);
  if (mine && why !== "sending" && !isKept) lines.push("Keep this page open until then.");
  if (others) lines.push(`${marks(others)} on this phone for whoever made ${others === 1 ? "it" : "them"} to sign in.`);
  return lines.join(" ");
}

const marks = (n) => (n === 1 ? "1 mark waits" : `${n} marks wait`);
const go = (n) => (n === 1 ? "goes" : "go");

export const personOnPage = () => document.body.dataset.person;
export const tokenOnPage = () => document.querySelector("input[name=form_token]")?.value;
