// One phone: its head, its conversation, the line one types in, the reply keyboard and its traffic.
// Rules:
// * What was typed leaves the line only when the room has taken it. Drafts survive a lost line and a reload.
// * A phone is drawn anew from the state it is told; nothing is guessed but the pressed look of a button.

import { ask } from "/page/line.js";
import { bytes, icon, make, moment, openMenu, say } from "/page/elements.js";
import { Messages } from "/page/messages.js";

const HUES = ["teal", "clay", "indigo", "moss", "plum", "slate"];
const languages = new Intl.DisplayNames(["en"], { type: "language" });

function languageName(code) {
  if (!code) return "not told to bots";
  try {
    return languages.of(code);
  } catch {
    return code;
  }
}

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

export class Phone {
  #sending = false;
  #editing = null; // the message being edited
  #playing = null; // stops the playing to the end
  #aside = ""; // the draft that waits while a message is edited
  #keyboardShown = true;
  #keyboardTold = "null";
  #now = 0; // the simulated moment, for the phone's own clock

  /** `unread(chat, count)` is called when the bot wrote. */
  constructor(phone, botUsername, index, unread) {
    this.chat = phone.chat;
    this.phone = phone;
    this.messages = new Messages(phone.name, botUsername, {
      tap: (message, row, column) => this.#tap(message, row, column),
      edit: (message) => this.#edit(message),
      say: (text) => this.#post("text", { text }),
      unread: (count) => unread(this.chat, count),
      problem: (words) => this.messages.showToast(words),
    });
    this.element = this.#build(phone, index);
    this.update(phone);
    this.line.value = sessionStorage.getItem(this.#draftKey) ?? "";
    this.#grow();
    this.#drawSender();
  }

  get #draftKey() {
    return `draft ${this.chat}`;
  }

  // where a file would go is seen while it is held over the phone
  #hold(event) {
    event.preventDefault();
    this.screen.classList.add("over");
  }

  #letGo(event) {
    if (!this.screen.contains(event.relatedTarget)) this.screen.classList.remove("over");
  }

  #drop(event) {
    event.preventDefault();
    this.screen.classList.remove("over");
    this.#carry(event.dataTransfer);
  }

  #paste(event) {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      this.#carry(event.clipboardData);
    }
  }

  #attach() {
    openMenu(this.attacher, "Send", [
      ["A photo", () => this.#post("photo"), "photo"],
      ["A file…", () => this.files.click(), "file"],
    ]);
  }

  #picked() {
    this.#carry(this.files);
    this.files.value = ""; // the same file, mended, can be picked again
    this.attacher.focus();
  }

  #carry(carried) {
    for (const file of carried?.files ?? []) {
      const reader = new FileReader();
      reader.addEventListener("load", () => this.#post("document", { name: file.name, content: String(reader.result).split(",")[1] ?? "" }));
      reader.readAsDataURL(file);
    }
  }

  #build(phone, index) {
    const hue = HUES[index % HUES.length];
    const id = (part) => `phone-${phone.chat}-${part}`;
    this.name = make("h2", { id: id("name"), dir: "auto" });
    this.caption = make("p", { class: "caption", dir: "auto" });
    this.language = make("span", { class: "language" });
    this.time = make("time", { class: "own-time" });
    this.face = make("span", { class: `face ${hue}`, "aria-hidden": "true" });
    this.blocker = make("button", { type: "button", class: "quiet blocker", onclick: () => this.#block() });
    this.head = make("header", { class: "head" }, this.face, make("div", { class: "who" }, make("div", { class: "title" }, this.name, this.language, this.time), this.caption), this.blocker);

    this.notice = make("p", { class: "notice", role: "alert", hidden: true });
    this.about = make("p", { class: "about", dir: "auto", hidden: true });
    this.starter = make("div", { class: "starter" },
      this.about,
      make("p", { dir: "ltr" }, "Nothing said yet. Paste an invitation’s /start line, or just start."),
      make("button", { type: "button", class: "primary", onclick: () => this.#post("text", { text: "/start" }) }, "Start"));
    this.commands = make("div", { class: "commands", id: id("commands"), role: "group", "aria-label": "Commands", hidden: true });
    this.editingBar = make("div", { class: "editing", hidden: true },
      make("p", {}, make("strong", {}, "Edit message"), (this.editingText = make("span", { dir: "auto" }))),
      make("button", { type: "button", class: "icon", "aria-label": "Leave the message as it was", onclick: () => this.#endEdit() }, icon("close")));

    this.line = make("textarea", { rows: 1, dir: "auto", enterkeyhint: "send", autocomplete: "off", spellcheck: "false", "data-line": "" });
    this.slash = make("button", { type: "button", class: "icon", "aria-label": "Commands", "aria-expanded": "false", "aria-controls": id("commands"), onclick: () => this.#toggleCommands() }, icon("slash"));
    this.keysToggle = make("button", { type: "button", class: "icon", "aria-label": "Reply keyboard", "aria-expanded": "true", onclick: () => this.#toggleKeyboard() }, icon("keys"));
    this.attacher = make("button", { type: "button", class: "icon", "aria-haspopup": "menu", "aria-label": "Send a photo or a file", title: "Send a photo or a file", onclick: () => this.#attach() }, icon("clip"));
    this.files = make("input", { type: "file", multiple: true, hidden: true, onchange: () => this.#picked() });
    this.microphone = make("button", { type: "button", class: "icon send", "aria-label": "Send a voice note", title: "Send a voice note", onclick: () => this.#post("voice") }, icon("microphone"));
    this.sender = make("button", { type: "submit", class: "icon send", "aria-label": "Send" }, icon("send"));
    this.composer = make("form", { class: "composer" }, this.attacher, this.files, this.line, this.slash, this.keysToggle, this.microphone, this.sender);
    this.composer.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this.line.addEventListener("keydown", (event) => this.#key(event));
    this.line.addEventListener("input", () => this.#typed());
    this.keyboard = make("div", { class: "reply-keyboard", role: "group", hidden: true });
    this.unblocker = make("div", { class: "blocked-bar" }, make("p", { dir: "ltr" }), make("button", { type: "button", class: "primary", onclick: () => this.#block() }, "Unblock"));

    // photo and file share a button: another one would leave no room for words on a small phone
    this.composer.title = "A file can be dropped onto the phone, or pasted here";
    this.line.addEventListener("paste", (event) => this.#paste(event));
    const carried = { ondragover: (event) => this.#hold(event), ondragleave: (event) => this.#letGo(event), ondrop: (event) => this.#drop(event) };
    this.screen = make("div", { class: "screen", ...carried }, this.head, this.messages.element, this.notice, this.starter, this.commands,
      this.editingBar, this.composer, this.keyboard, this.unblocker);
    this.once = make("button", { type: "button", class: "once", "aria-label": `Play this for ${phone.name}: answer one question`, onclick: () => this.#play() }, icon("play"), make("span", {}, "Play this for me"));
    this.toEnd = make("button", { type: "button", class: "to-end", onclick: () => this.#playToEnd() });
    this.player = make("div", { class: "player", role: "group", "aria-label": `Answers for ${phone.name}` }, this.once, this.toEnd);
    this.#drawPlayer();
    this.traffic = make("dl", { class: "traffic", "aria-label": `Traffic of the phone of ${phone.name}` });
    for (const part of ["received", "sent", "taps"]) {
      const value = make("dd", { [`data-traffic`]: part });
      this.traffic.append(make("div", {}, make("dt", {}, part[0].toUpperCase() + part.slice(1)), value));
    }
    return make("section", { class: "phone", "data-phone": phone.chat, "aria-labelledby": id("name"), id: id("screen") }, this.screen, this.player, this.traffic);
  }

  update(phone) {
    this.phone = phone;
    this.tick(this.#now);
    say(this.name, phone.name);
    say(this.face, [...phone.name][0]?.toUpperCase() ?? "·");
    say(this.caption, phone.caption || "no caption");
    this.caption.title = this.caption.textContent;
    say(this.language, phone.language ?? "–");
    this.language.title = `Language of the phone: ${languageName(phone.language)}`;
    this.line.placeholder = phone.blocked ? "" : "Message";
    this.line.setAttribute("aria-label", `Message from ${phone.name}`);
    this.screen.dir = phone.right_to_left ? "rtl" : "ltr";
    this.element.dataset.blocked = String(Boolean(phone.blocked || phone.deactivated));
    this.element.dataset.started = String(Boolean(phone.started));
    say(this.blocker, phone.blocked ? "Unblock" : "Block");
    this.blocker.setAttribute("aria-label", `${phone.blocked ? "Unblock" : "Block"} the bot on the phone of ${phone.name}`);
    const cut = Boolean(phone.blocked || phone.deactivated);
    this.unblocker.hidden = !cut;
    say(this.unblocker.firstChild, phone.deactivated ? "This account is gone." : "The bot is blocked.");
    this.unblocker.lastChild.hidden = Boolean(phone.deactivated);
    this.composer.hidden = cut;
    this.player.dataset.cut = String(cut);
    this.starter.hidden = cut || phone.started || phone.messages.length > 0;
    say(this.about, phone.description);
    this.about.hidden = !phone.description;
    this.#drawTraffic(phone.traffic);
    this.#drawKeyboard(phone.reply_keyboard ?? null);
    this.slash.hidden = !phone.commands?.length;
    this.messages.show(phone.messages, phone.zone);
  }

  /** Shows the phone's own time; `now` is the simulated moment. */
  tick(now) {
    this.#now = now;
    if (!now) return;
    say(this.time, moment(now, "time", this.phone.zone));
    this.time.dateTime = new Date(now * 1000).toISOString();
    this.time.title = `The phone’s own time, ${this.phone.zone.replaceAll("_", " ")}`;
  }

  #drawTraffic(traffic) {
    const edits = traffic.text_edits + traffic.markup_edits;
    const words = {
      received: [`${plural(traffic.messages_in, "message")}`, `${edits ? `${plural(edits, "edit")} · ` : ""}${bytes(traffic.bytes_in)}`],
      sent: [plural(traffic.messages_out, "message"), bytes(traffic.bytes_out)],
      taps: [String(traffic.taps), ""],
    };
    for (const value of this.traffic.querySelectorAll("dd")) {
      const [count, rest] = words[value.dataset.traffic];
      const told = `${count}${rest ? ` · ${rest}` : ""}`;
      if (value.title === told) continue;
      value.title = told;
      value.replaceChildren(...[make("span", {}, count), rest && make("small", {}, rest)].filter(Boolean));
    }
  }

  #drawKeyboard(rows) {
    const told = JSON.stringify(rows);
    if (told !== this.#keyboardTold) {
      this.#keyboardTold = told;
      this.#keyboardShown = true;
      this.keyboard.setAttribute("aria-label", `Reply keyboard on the phone of ${this.phone.name}`);
      this.keyboard.replaceChildren(...(rows ?? []).map((row) => make("div", { class: "keyboard-row" }, ...row.map((text) =>
        make("button", { type: "button", dir: "auto", onclick: () => this.#post("text", { text }) }, make("span", {}, text))))));
    }
    this.keysToggle.hidden = !rows;
    this.keysToggle.setAttribute("aria-expanded", String(this.#keyboardShown));
    this.keyboard.hidden = !rows || !this.#keyboardShown || this.phone.blocked || Boolean(this.phone.deactivated);
  }

  #toggleKeyboard() {
    this.#keyboardShown = !this.#keyboardShown;
    this.#drawKeyboard(this.phone.reply_keyboard);
  }

  #toggleCommands(filter = "", open = this.commands.hidden) {
    const fitting = open ? this.phone.commands.filter(({ command }) => command.startsWith(filter)) : [];
    this.commands.hidden = fitting.length === 0;
    this.slash.setAttribute("aria-expanded", String(!this.commands.hidden));
    this.commands.replaceChildren(...fitting.map(({ command, description }) =>
      make("button", { type: "button", onclick: () => this.#command(command) }, make("bdi", { class: "name" }, `/${command}`), make("span", { dir: "auto" }, description))));
    this.commands.onkeydown = (event) => this.#commandKey(event);
    if (!this.commands.hidden && filter === "" && !this.line.value) this.commands.firstElementChild.focus();
  }

  #commandKey(event) {
    const all = [...this.commands.children];
    const here = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[(here + 1) % all.length].focus();
    else if (event.key === "ArrowUp") (all[here - 1] ?? this.line).focus();
    else if (event.key === "Escape") { this.#toggleCommands("", false); this.line.focus(); } else return;
    event.preventDefault();
  }

  #command(command) {
    this.#toggleCommands("", false);
    if (this.line.value.startsWith("/")) this.#write("");
    this.#post("text", { text: `/${command}` });
    this.line.focus();
  }

  #typed() {
    this.#grow();
    this.#drawSender();
    if (!this.#editing) sessionStorage.setItem(this.#draftKey, this.line.value);
    const command = /^\/([a-z0-9_]*)$/.exec(this.line.value);
    if (command && this.phone.commands?.length && !this.#editing) this.#toggleCommands(command[1], true);
    else if (!this.commands.hidden) this.#toggleCommands("", false);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) this.#send();
    else if (event.key === "Escape" && !this.commands.hidden) this.#toggleCommands("", false);
    else if (event.key === "Escape" && this.#editing) this.#endEdit();
    else if (event.key === "ArrowDown" && !this.commands.hidden) this.commands.firstElementChild.focus();
    else if (event.key === "ArrowUp" && !this.line.value && this.messages.lastOwn()) this.#edit(this.messages.lastOwn());
    else return;
    event.preventDefault();
  }

  #write(text) {
    this.line.value = text;
    this.#typed();
  }

  /** An empty line sends a voice note, as on Telegram; a line with words, or an edit, sends these. */
  #drawSender() {
    const words = Boolean(this.line.value.trim()) || Boolean(this.#editing);
    const leaving = document.activeElement === (words ? this.microphone : this.sender);
    this.sender.hidden = !words;
    this.microphone.hidden = words;
    if (leaving) this.line.focus();
  }

  #grow() {
    this.line.style.height = "auto";
    if (this.line.value) this.line.style.height = `${this.line.scrollHeight}px`;
    else this.line.style.removeProperty("height");
  }

  async #send() {
    const text = this.line.value;
    if (!text.trim() || this.#sending) return;
    this.#sending = true;
    this.composer.classList.add("sending");
    const editing = this.#editing;
    const taken = editing ? await this.#post("edit", { message: editing.id, text }) : await this.#post("text", { text });
    this.#sending = false;
    this.composer.classList.remove("sending");
    if (!taken) return;
    if (editing) this.#endEdit();
    // What was typed on while the message travelled stays.
    else if (this.line.value.startsWith(text)) this.#write(this.line.value.slice(text.length));
  }

  #edit(message) {
    if (!this.#editing) this.#aside = this.line.value;
    this.#editing = message;
    this.editingBar.hidden = false;
    say(this.editingText, message.text);
    this.sender.setAttribute("aria-label", "Save the edit");
    this.#write(message.text);
    this.line.focus();
  }

  #endEdit() {
    this.#editing = null;
    this.editingBar.hidden = true;
    this.sender.setAttribute("aria-label", "Send");
    this.#write(this.#aside);
    this.line.focus();
  }

  async #tap(message, row, column) {
    try {
      await ask("POST", `/room/phones/${this.chat}/tap`, { message: message.id, row, column });
      this.#notice(null);
    } catch (problem) {
      this.messages.release(message.id);
      this.#notice(`Not tapped. ${problem.message}`);
    }
  }

  /** Answers the question that is open; says what was done, or why nothing was. */
  async #play() {
    if (this.#playing) return;
    try {
      const done = await ask("POST", `/room/phones/${this.chat}/play`, {});
      this.#notice(null);
      this.messages.showToast(done.did ? `${done.did === "tap" ? "Tapped" : "Typed"}: ${done.words}` : done.why);
    } catch (problem) {
      this.#notice(problem.message);
    }
  }

  async #playToEnd() {
    if (this.#playing) return this.#playing.abort();
    this.#playing = new AbortController();
    this.#drawPlayer();
    try {
      const done = await ask("POST", `/room/phones/${this.chat}/play`, { to_the_end: true }, this.#playing.signal);
      this.#notice(null);
      this.messages.showToast(`${plural(done.moves, "answer")}. ${done.why}`);
    } catch (problem) {
      if (!this.#playing.signal.aborted) this.#notice(problem.message);
    }
    this.#playing = null;
    return this.#drawPlayer();
  }

  #drawPlayer() {
    const playing = Boolean(this.#playing);
    this.toEnd.setAttribute("aria-label", playing ? `Stop playing for ${this.phone.name}` : `Play for ${this.phone.name} to the end`);
    this.toEnd.replaceChildren(icon(playing ? "stop" : "end"), make("span", {}, playing ? "Stop" : "To the end"));
    this.once.setAttribute("aria-disabled", String(playing));
  }

  async #block() {
    await this.#post(this.phone.blocked ? "unblock" : "block");
  }

  /** True when the room took it; otherwise the person reads why not, and what she typed stays. */
  async #post(what, body = {}) {
    try {
      await ask("POST", `/room/phones/${this.chat}/${what}`, body);
      this.#notice(null);
      return true;
    } catch (problem) {
      this.#notice(what === "text" || what === "edit" ? `Not sent, still here. ${problem.message}` : problem.message);
      return false;
    }
  }

  #notice(words) {
    this.notice.hidden = !words;
    say(this.notice, words ?? "");
  }
}
