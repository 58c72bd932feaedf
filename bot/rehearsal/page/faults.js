// The faults drawer: what can go wrong on the road to Telegram, each switched on for a number of calls.

import { ask } from "/page/line.js";
import { make, say } from "/page/elements.js";

// kind -> [name, what it does]; the kinds are the room's own, the words are the page's.
const KINDS = [
  ["Telegram refuses", [
    ["too_many_requests", "Too many requests", "429: wait three seconds"],
    ["forbidden", "Forbidden", "403, as if the person had blocked the bot"],
    ["server_error", "Server error", "502, nothing accepted"],
  ]],
  ["The road is bad", [
    ["timeout_before", "No answer, not accepted", "the call is lost on its way"],
    ["timeout_after", "No answer, yet accepted", "the answer is lost on its way"],
    ["drop_before", "Line breaks, not accepted", "before the call is taken"],
    ["drop", "Line breaks, yet accepted", "after the call is taken"],
    ["double_updates", "Doubled updates", "everything comes twice at once"],
    ["repeat_updates", "Repeated updates", "everything comes again later"],
    ["disorder_updates", "Disordered updates", "later updates come first"],
  ]],
  ["The bot is killed", [
    ["kill_before", "Killed before acceptance", "the message is not on the phone"],
    ["kill_after", "Killed after acceptance", "the message is on the phone"],
    ["kill_confirm", "Killed while confirming", "the updates will come again"],
  ]],
];
const METHODS = ["sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery", "getUpdates", "sendDocument"];

const byId = (id) => document.getElementById(id);

export class Faults {
  #problem;
  #names = new Map();

  constructor(problem) {
    this.#problem = problem;
    this.drawer = byId("faults");
    this.opener = byId("faults-button");
    this.opener.addEventListener("click", () => this.#show(this.drawer.hidden));
    byId("faults-close").addEventListener("click", () => this.#show(false));
    document.addEventListener("keydown", (event) => {
      const elsewhere = event.defaultPrevented || document.querySelector("dialog[open]");
      if (event.key === "Escape" && !this.drawer.hidden && !elsewhere) this.#show(false);
    });
    byId("kill-bot").addEventListener("click", () => this.#ask("POST", "/room/bot/kill"));
    byId("start-bot").addEventListener("click", () => this.#ask("POST", "/room/bot/restart"));
    for (const method of METHODS) byId("fault-method").append(make("option", { value: method }, method));
    byId("fault-kinds").append(...KINDS.map(([title, kinds]) => make("section", {}, make("h3", {}, title), make("ul", {}, ...kinds.map((kind) => this.#kind(kind))))));
  }

  told(active) {
    const list = active ?? [];
    say(byId("faults-count"), String(list.length));
    byId("faults-count").setAttribute("aria-label", `${list.length} switched on`);
    byId("faults-count").hidden = list.length === 0;
    this.opener.classList.toggle("active", list.length > 0);
    byId("nothing-on").hidden = list.length > 0;
    const within = byId("on-now").contains(document.activeElement);
    byId("on-now").replaceChildren(...list.map((fault) => this.#active(fault)));
    if (within) (byId("on-now").querySelector("button") ?? byId("faults-close")).focus(); // its button is gone
    const on = new Set(list.map((fault) => fault.kind));
    for (const row of this.drawer.querySelectorAll("[data-fault]")) row.classList.toggle("on", on.has(row.dataset.fault));
  }

  #kind([kind, name, what]) {
    this.#names.set(kind, name);
    const ofCalls = !kind.endsWith("_updates") && kind !== "kill_confirm"; // the others have no call to name
    const button = make("button", { type: "button", "aria-label": `Switch on: ${name}` }, "Switch on");
    button.addEventListener("click", () => {
      const method = byId("fault-method").value;
      const count = Math.max(1, Number(byId("fault-count").value) || 1);
      this.#ask("POST", "/room/faults", { kind, count, ...(method && ofCalls ? { method } : {}) });
    });
    return make("li", { "data-fault": kind }, make("div", {}, make("strong", {}, name), make("span", {}, what)), button);
  }

  #active(fault) {
    const name = this.#names.get(fault.kind) ?? fault.kind;
    const where = fault.method ? ` on ${fault.method}` : "";
    const off = make("button", { type: "button", "aria-label": `Switch off: ${name}` }, "Switch off");
    off.addEventListener("click", () => this.#ask("DELETE", "/room/faults", { id: fault.id }));
    return make("li", { "data-on": fault.kind }, make("div", {}, make("strong", {}, name), make("span", {}, `${fault.count ?? "∞"} to come${where}`)), off);
  }

  async #ask(method, path, body) {
    try {
      await ask(method, path, body);
    } catch (problem) {
      this.#problem(problem.message);
    }
  }

  #show(shown) {
    this.drawer.hidden = !shown;
    this.opener.setAttribute("aria-expanded", String(shown));
    (shown ? byId("faults-close") : this.opener).focus();
  }
}
