// The room's clock. Between moves it runs at real speed here too; while it moves, the server tells where it is.

import { ask } from "/page/line.js";
import { moment, say } from "/page/elements.js";

const byId = (id) => document.getElementById(id);

export class Clock {
  #now = 0;
  #told = 0; // performance.now() of the last telling
  #from = null; // where the move began, to draw how far it is
  #target = null;
  #moving = false;
  #problem;
  #ticked;

  /** `problem(words)` says what went wrong; `ticked(now)` is called whenever the clock is drawn. */
  constructor(problem, ticked) {
    this.#problem = problem;
    this.#ticked = ticked;
    for (const button of document.querySelectorAll("[data-move]")) {
      button.addEventListener("click", () => this.#move(button));
    }
    setInterval(() => this.#draw(), 1000);
  }

  /** The simulated moment, in unix seconds; 0 as long as the room has not told it. */
  get now() {
    if (!this.#now) return 0;
    return this.#moving ? this.#now : this.#now + (performance.now() - this.#told) / 1000;
  }

  told({ now, moving, target }) {
    if (moving && !this.#moving) this.#from ??= now;
    if (!moving) this.#from = null;
    this.#now = now;
    this.#told = performance.now();
    this.#moving = Boolean(moving);
    this.#target = target ?? null;
    this.#draw();
  }

  async #move(button) {
    if (this.#moving) return; // aria-disabled, not disabled: the focus stays where the person left it
    const seconds = Number(button.dataset.move);
    const here = this.now;
    this.#from = here;
    this.told({ now: here, moving: true, target: here + seconds });
    try {
      await ask("POST", "/clock/move", { seconds, wait: false });
    } catch (problem) {
      this.told({ now: here, moving: false, target: null });
      this.#problem(`The clock did not move. ${problem.message}`);
    }
  }

  #draw() {
    const now = this.now;
    if (!now) return;
    say(byId("clock-time"), moment(now, "time"));
    byId("clock-time").dateTime = new Date(now * 1000).toISOString();
    say(byId("clock-weekday"), moment(now, "weekday"));
    say(byId("clock-day"), moment(now, "date"));
    say(byId("clock-year"), ` ${moment(now, "year")}`);
    this.#ticked(now);
    document.body.dataset.moving = String(this.#moving);
    for (const button of document.querySelectorAll("[data-move]")) button.setAttribute("aria-disabled", String(this.#moving));
    byId("clock-progress").hidden = !this.#moving;
    if (this.#moving && this.#target !== null) {
      const way = this.#target - (this.#from ?? now);
      byId("clock-progress").value = way > 0 ? Math.min(1, Math.max(0, (now - this.#from) / way)) : 0;
      say(byId("clock-words"), `Moving to ${moment(this.#target, "short")}`);
    } else {
      say(byId("clock-words"), "");
    }
  }
}
