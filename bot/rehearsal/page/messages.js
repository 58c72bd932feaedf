// The conversation on one phone, as a log that only touches what changed.
// Rules:
// * One element a message, kept by its id; an unchanged message costs one comparison and no work in the page.
// * Whoever reads further up stays where she is; whoever is at the end stays at the end.

import { bytes, icon, make, moment, openMenu } from "/page/elements.js";

const NEAR_END = 48; // px from the end that still count as being there
const LONG_PRESS = 500; // ms, as on a phone
const TAP_PATIENCE = 15_000; // ms a pressed button looks pressed without any answer
// How Telegram's entities look; what is not named here looks like plain text.
const LOOKS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "code", spoiler: "mark", blockquote: "q" };
// A web address, or a command as Telegram underlines them.
const LIVE_WORDS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]|(?<![\w/])\/[a-z][a-z0-9_]{0,31}\b(?!\/)/gu;

export class Messages {
  /** `act` has: tap(message, row, column), edit(message), say(text), unread(count), problem(words). */
  constructor(name, botUsername, act) {
    this.act = act;
    this.botUsername = botUsername;
    this.known = new Map(); // id -> { element, told, message }
    this.days = new Map(); // day in words -> element
    this.pressed = new Map(); // message id -> { row, column, timer }
    this.zone = "UTC";
    this.unseen = 0;
    this.atEnd = true;
    this.opened = false;
    this.log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": `Conversation on the phone of ${name}` });
    this.newer = make("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() });
    this.toast = make("p", { class: "toast", role: "status", dir: "auto" });
    this.element = make("div", { class: "talk" }, this.log, this.newer, this.toast);
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A keyboard that opens or a window that turns changes the height; the end stays in view.
    new ResizeObserver(() => this.atEnd && this.#jumpToEnd()).observe(this.log);
  }

  show(messages, zone) {
    if (zone !== this.zone) {
      this.zone = zone;
      for (const known of this.known.values()) known.told = "";
    }
    const stayAtEnd = this.atEnd;
    const present = new Set();
    const presentDays = new Set();
    let previous = null;
    let fresh = 0;
    let own = false;
    for (const message of messages) {
      const day = moment(message.at, "day", zone);
      if (!presentDays.has(day)) {
        presentDays.add(day);
        if (!this.days.has(day)) this.days.set(day, make("p", { class: "day" }, make("span", {}, day)));
        previous = this.#place(this.days.get(day), previous);
      }
      const known = this.known.get(message.id);
      const told = JSON.stringify(message);
      if (!known) {
        const element = make("div", { class: `message from-${message.from}`, "data-message": message.id, role: "article" });
        this.known.set(message.id, { element, told, message });
        this.#draw(element, message);
        if (message.from === "bot") fresh += 1;
        else own = true;
      } else if (known.told !== told) {
        this.#changed(known, message);
        known.told = told;
        known.message = message;
      }
      present.add(message.id);
      previous = this.#place(this.known.get(message.id).element, previous);
    }
    for (const [id, { element }] of this.known) if (!present.has(id)) { element.remove(); this.known.delete(id); }
    for (const [day, element] of this.days) if (!presentDays.has(day)) { element.remove(); this.days.delete(day); }
    if (!this.opened || stayAtEnd || own) this.#jumpToEnd();
    else if (fresh) this.#unseen(this.unseen + fresh);
    if (this.opened && fresh) this.act.unread(fresh);
    this.opened = true;
  }

  toEnd() {
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    this.#unseen(0);
    this.log.focus({ preventScroll: true });
  }

  /** A few words over the conversation, as Telegram shows the answer to a tap. */
  showToast(words) {
    this.toast.textContent = words;
    this.toast.classList.add("shown");
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.toast.classList.remove("shown"), 3200);
  }

  /** The last message of the person herself that can be edited, or null. */
  lastOwn() {
    const own = [...this.known.values()].map((known) => known.message).filter((message) => message.from === "person" && message.text);
    return own.length ? own.reduce((a, b) => (a.id > b.id ? a : b)) : null;
  }

  release(id) {
    const pressed = this.pressed.get(id);
    if (!pressed) return;
    clearTimeout(pressed.timer);
    this.pressed.delete(id);
    const button = this.#button(id, pressed);
    button?.removeAttribute("aria-busy");
    button?.classList.remove("pressed");
  }

  #place(element, previous) {
    const next = previous ? previous.nextSibling : this.log.firstChild;
    if (next !== element) this.log.insertBefore(element, next);
    return element;
  }

  #changed(known, message) {
    // The same words twice are two toasts: what counts is that another tap was answered.
    const answered = message.answered !== known.message.answered;
    const toastIsNew = answered && message.toast;
    const redrawn = message.reworded !== known.message.reworded || JSON.stringify([known.message.text, known.message.buttons]) !== JSON.stringify([message.text, message.buttons]);
    if (answered || redrawn) this.release(message.id);
    const focused = known.element.contains(document.activeElement) ? document.activeElement.dataset : null;
    this.#draw(known.element, message);
    if (focused) (this.#button(message.id, focused) ?? this.log).focus({ preventScroll: true });
    if (toastIsNew) this.showToast(message.toast);
  }

  #draw(element, message) {
    const time = moment(message.at, "time", this.zone);
    const own = message.from === "person";
    // Telegram shows "edited" where the words changed, not where a bot changed the buttons.
    const edited = message.reworded;
    const locked = message.protected;
    element.setAttribute("aria-label", `${own ? "From the person" : "From the bot"}, ${time}${edited ? ", edited" : ""}${locked ? ", protected" : ""}`);
    const bubble = make("div", { class: "bubble", dir: "auto" });
    if (message.document) bubble.append(this.#document(message.document, message.protected));
    if (message.text) {
      bubble.append(make("p", { class: "text", dir: "auto" }, ...this.#formatted(message)));
    }
    bubble.append(
      make("p", { class: "meta" }, locked ? make("span", { class: "locked", title: "It can not be forwarded or saved" }, icon("lock"), "protected") : null, edited ? make("span", { class: "edited" }, "edited") : null,
        make("time", { datetime: new Date(message.at * 1000).toISOString() }, time)),
    );
    const parts = [bubble];
    if (own && message.text && !message.document) {
      const more = make("button", { type: "button", class: "icon more", "aria-label": "Message menu", "aria-haspopup": "menu" }, icon("more"));
      more.addEventListener("click", () => this.#menu(more, message));
      this.#longPress(bubble, () => this.#menu(more, message));
      parts.push(more);
    }
    if (message.buttons?.length) parts.push(this.#buttons(message));
    element.replaceChildren(...parts);
  }

  #buttons(message) {
    const rows = make("div", { class: "inline-keyboard", role: "group", "aria-label": "Buttons under the message" });
    const pressed = this.pressed.get(message.id);
    message.buttons.forEach((row, r) => {
      const line = make("div", { class: "keyboard-row" });
      row.forEach((button, c) => {
        const key = make("button", { type: "button", "data-row": r, "data-column": c, dir: "auto" }, make("span", {}, button.text));
        if (pressed?.row === r && pressed.column === c) {
          key.classList.add("pressed");
          key.setAttribute("aria-busy", "true");
        }
        key.addEventListener("click", () => (button.url ? this.#follow(button.url) : this.#press(message, r, c, key)));
        line.append(key);
      });
      rows.append(line);
    });
    return rows;
  }

  #press(message, row, column, key) {
    if (this.pressed.has(message.id)) this.release(message.id);
    key.classList.add("pressed");
    key.setAttribute("aria-busy", "true");
    const timer = setTimeout(() => this.release(message.id), TAP_PATIENCE);
    this.pressed.set(message.id, { row, column, timer });
    this.act.tap(message, row, column);
  }

  #button(id, { row, column }) {
    if (row === undefined) return null;
    return this.known.get(id)?.element.querySelector(`[data-row="${Number(row)}"][data-column="${Number(column)}"]`) ?? null;
  }

  /** The text with its entities; their offsets count UTF-16 units, as strings do here. */
  #formatted({ text, entities }) {
    const shown = (entities ?? []).filter((entity) => LOOKS[entity.type] || entity.type === "text_link");
    if (!shown.length) return this.#words(text);
    const cuts = new Set([0, text.length, ...shown.flatMap((entity) => [entity.offset, entity.offset + entity.length])]);
    const edges = [...cuts].sort((a, b) => a - b);
    return edges.slice(0, -1).flatMap((from, index) => {
      const over = shown.filter((entity) => entity.offset <= from && from < entity.offset + entity.length);
      const link = over.find((entity) => entity.type === "text_link");
      const piece = text.slice(from, edges[index + 1]);
      const inner = link && /^https?:/.test(link.url) ? [this.#link(link.url, piece)] : this.#words(piece);
      return over.filter((entity) => LOOKS[entity.type]).reduce((parts, entity) => [make(LOOKS[entity.type], {}, ...parts)], inner);
    });
  }

  /** Text with its web addresses and commands alive; everything else stays plain text. */
  #words(text) {
    const parts = [];
    let from = 0;
    for (const found of text.matchAll(LIVE_WORDS)) {
      parts.push(text.slice(from, found.index));
      const words = found[0];
      parts.push(words.startsWith("/") ? this.#sayer(words, words) : this.#link(words, words));
      from = found.index + words.length;
    }
    parts.push(text.slice(from));
    return parts.filter((part) => part !== "");
  }

  #link(address, words) {
    const start = this.#startText(address);
    return start ? this.#sayer(start, words) : make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
  }

  /** Words that say something when they are tapped. */
  #sayer(said, words) {
    return make("button", { type: "button", class: "live", dir: "auto", onclick: () => this.act.say(said) }, words);
  }

  /** An invitation link to this very bot opens the chat with its token, as it would on Telegram. */
  #startText(address) {
    const found = /^https?:\/\/t\.me\/(\w+)\?start=([\w-]{1,64})$/.exec(address);
    if (!found || found[1].toLowerCase() !== this.botUsername?.toLowerCase()) return null;
    return `/start ${found[2]}`;
  }

  #follow(url) {
    const start = this.#startText(url);
    if (start) this.act.say(start);
    else if (/^https?:\/\//.test(url)) window.open(url, "_blank", "noopener,noreferrer");
    else this.act.problem("This button leads out of the room.");
  }

  /** A file: a voice note can be played, everything can be taken along. */
  #document(file, locked) {
    const voice = file.kind === "voice";
    const name = voice ? "Voice note" : String(file.file_name ?? { photo: "Photo" }[file.kind] ?? "File");
    const address = `/room/files/${encodeURIComponent(file.file_id)}`;
    const length = `${Math.floor(file.duration / 60)}:${String(file.duration % 60).padStart(2, "0")}`;
    const size = bytes(file.file_size);
    const about = make("span", {}, make("bdi", {}, name), make("small", {}, voice ? `${length} · ${size}` : size));
    // Telegram does not let a protected file be saved.
    const download = locked ? null : make("a", { class: "icon", href: address, download: voice ? "voice.ogg" : name, "aria-label": `Download ${name}, ${size}`, title: "Download" }, icon("download"));
    return make("div", { class: "document" }, voice ? this.#player(address, file.duration) : icon(file.kind === "photo" ? "photo" : "file"), about, download);
  }

  #player(address, seconds) {
    const label = `Play the voice note of ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
    const button = make("button", { type: "button", class: "play", "aria-label": label, "aria-pressed": "false" }, icon("play"));
    const look = (playing) => {
      button.setAttribute("aria-pressed", String(playing));
      button.replaceChildren(icon(playing ? "stop" : "play"));
    };
    let sound = null;
    button.addEventListener("click", () => {
      if (sound) return sound.pause();
      sound = new Audio(address);
      const over = () => { sound = null; look(false); };
      for (const kind of ["pause", "ended", "error"]) sound.addEventListener(kind, over, { once: true });
      look(true);
      return sound.play().catch((problem) => { over(); if (problem.name !== "AbortError") this.act.problem("This voice note can not be played here."); });
    });
    return button;
  }

  #menu(anchor, message) {
    openMenu(anchor, "Message", [
      ["Edit", () => this.act.edit(message)],
      ["Copy", () => navigator.clipboard?.writeText(message.text).catch(() => this.act.problem("The browser does not let the page copy."))],
    ]);
  }

  #longPress(element, open) {
    let timer = null;
    const stop = () => clearTimeout(timer);
    element.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") timer = setTimeout(open, LONG_PRESS);
    });
    for (const kind of ["pointerup", "pointercancel", "pointerleave", "pointermove"]) element.addEventListener(kind, stop);
    element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      stop();
      open();
    });
  }

  #scrolled() {
    this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END;
    if (this.atEnd) this.#unseen(0);
  }

  #jumpToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.atEnd = true;
    this.#unseen(0);
  }

  #unseen(count) {
    if (count === this.unseen) return;
    this.unseen = count;
    this.newer.hidden = count === 0;
    this.newer.replaceChildren(icon("down"), count === 1 ? "1 new message" : `${count} new messages`);
  }
}
