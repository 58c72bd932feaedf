// The rehearsal room's page: phones side by side, the clock, the bot's state and the faults.
// This file only wires the parts; each part keeps its own rules at its head.

import { Clock } from "/page/clock.js";
import { make, say } from "/page/elements.js";
import { Faults } from "/page/faults.js";
import { ask, Line } from "/page/line.js";
import { Phone } from "/page/phone.js";

const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const switcher = byId("switcher");
const phones = new Map(); // chat -> { phone, tab, unread, seen }
let botUsername = "";

const complaint = byId("lost");
let complaintTimer = null;

/** A passing problem of the room as a whole. A lost line stays until it is found again. */
function problem(words, stays = false) {
  clearTimeout(complaintTimer);
  complaint.hidden = !words;
  say(complaint, words ?? "");
  if (words && !stays) complaintTimer = setTimeout(() => problem(null), 6000);
}

const clock = new Clock(problem, (now) => phones.forEach(({ phone }) => phone.tick(now)));
const faults = new Faults(problem);

function showPhone(told) {
  const known = phones.get(told.chat);
  if (known) {
    known.phone.update(told);
    return;
  }
  byId("waiting")?.remove();
  const phone = new Phone(told, botUsername, phones.size, unread);
  const badge = make("span", { class: "badge", hidden: true });
  const tab = make("button", { type: "button", "data-tab": told.chat, "aria-controls": phone.element.id, title: told.name }, make("span", { dir: "auto" }, told.name.split(/\s/)[0]), badge);
  tab.addEventListener("click", () => {
    phone.element.scrollIntoView({ inline: "center", block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    phone.messages.log.focus({ preventScroll: true });
  });
  phones.set(told.chat, { phone, tab, badge, unread: 0, seen: false });
  phone.tick(clock.now);
  stage.append(phone.element);
  switcher.append(tab);
  inView.observe(phone.element);
  fit();
}

function unread(chat, count) {
  const known = phones.get(chat);
  if (!known || known.seen) return;
  known.unread += count;
  drawTab(known);
}

function drawTab({ tab, badge, unread: count, seen }) {
  if (seen && tab.getAttribute("aria-current") !== "true") {
    // Who swipes to a phone finds its name in the row of names.
    switcher.scrollTo({ left: tab.offsetLeft + tab.offsetWidth / 2 - switcher.clientWidth / 2 });
  }
  tab.setAttribute("aria-current", String(seen));
  badge.hidden = count === 0;
  say(badge, String(count));
  if (count) badge.setAttribute("aria-label", `${count} unread`);
}

const inView = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const known = phones.get(Number(entry.target.dataset.phone));
    if (!known) continue;
    known.seen = entry.intersectionRatio > 0.55;
    if (known.seen) known.unread = 0;
    drawTab(known);
  }
}, { root: stage, threshold: [0, 0.55, 1] });

/** Phones that do not all fit are called by their names. */
function fit() {
  switcher.hidden = stage.scrollWidth <= stage.clientWidth;
}

new ResizeObserver(fit).observe(stage);

function showBot({ running, pid, restarts, given_up: givenUp }) {
  const status = byId("bot-status");
  status.dataset.running = String(Boolean(running));
  const down = givenUp ? "Bot given up: it ended too often" : "Bot down, starting again…";
  say(status.querySelector(".bot-words"), running ? `Bot running${restarts ? ` · restarted ${restarts}×` : ""}` : down);
  byId("start-bot").hidden = running || !givenUp;
  status.title = pid ? `Process ${pid}` : "";
}

new Line({
  state(state) {
    botUsername = state.bot_username ?? "";
    clock.told(state);
    showBot(state.bot);
    faults.told(state.faults);
    for (const phone of state.phones) showPhone(phone);
    const here = new Set(state.phones.map((phone) => phone.chat));
    for (const [chat, { phone, tab }] of phones) {
      if (here.has(chat)) continue;
      phone.element.remove();
      tab.remove();
      phones.delete(chat);
    }
    fit();
    if (!phones.size && byId("waiting")) say(byId("waiting"), "No phone yet. Add one with “Phone” above.");
  },
  phone: showPhone,
  clock: (told) => clock.told(told),
  bot: showBot,
  faults: (told) => faults.told(told),
  lost() {
    document.body.dataset.line = "lost";
    byId("bot-status").dataset.running = "unknown";
    say(byId("bot-status").querySelector(".bot-words"), "No line to the room");
    problem("The line to the rehearsal room is lost. Trying again; what you typed stays here.", true);
  },
  found() {
    if (document.body.dataset.line === "lost") problem(null);
    document.body.dataset.line = "open";
  },
}).open();

// Adding a phone.
const dialog = byId("add-phone");
const form = dialog.querySelector("form");
byId("zones").append(...Intl.supportedValuesOf("timeZone").map((zone) => make("option", { value: zone })));
byId("add-phone-button").addEventListener("click", () => {
  form.querySelector(".problem").hidden = true;
  dialog.showModal();
});
form.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = Object.fromEntries(new FormData(form));
  const chat = Math.max(1000, ...phones.keys()) + 1;
  try {
    await ask("POST", "/room/phones", { chat, ...said, language: said.language || null });
    form.reset();
    dialog.close();
  } catch (refusal) {
    const words = form.querySelector(".problem");
    words.hidden = false;
    say(words, refusal.message);
  }
});
