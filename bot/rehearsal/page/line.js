// The line to the room: plain requests, and one stream of server-sent events.
// Rules:
// * A lost line is said once and taken up again; after it, the whole state is asked anew, so nothing is missed.
// * A state that was overtaken by events while it travelled is asked again instead of being laid over them.

const FIRST_WAIT = 400; // ms before the first new attempt; doubles up to LONGEST_WAIT
const LONGEST_WAIT = 4000;
const STATE_TRIES = 5;

/** Asks the room. Returns the parsed answer; throws an Error whose message can be shown to the person. */
export async function ask(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The room does not answer.");
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    // A plain-text answer is shown as it stands.
  }
  if (!answer.ok) throw new Error(value?.error ?? value?.description ?? value?.message ?? (text.slice(0, 200) || `The room answered ${answer.status}.`));
  return value;
}

/** Keeps the stream open. `on` has: state, phone, clock, bot, faults (each with the parsed value), lost and found. */
export class Line {
  #on;
  #wait = FIRST_WAIT;
  #overtaken = false;
  #stream = null;

  constructor(on) {
    this.#on = on;
  }

  open() {
    const stream = new EventSource("/room/events");
    this.#stream = stream;
    stream.addEventListener("open", () => this.#opened(stream));
    stream.addEventListener("error", () => this.#lost(stream));
    for (const kind of ["phone", "clock", "bot", "faults"]) {
      stream.addEventListener(kind, (event) => {
        if (kind === "phone") this.#overtaken = true;
        this.#on[kind](JSON.parse(event.data));
      });
    }
  }

  async #opened(stream) {
    try {
      let state;
      for (let tries = 0; tries < STATE_TRIES; tries++) {
        this.#overtaken = false;
        state = await ask("GET", "/room/state");
        if (!this.#overtaken) break;
      }
      if (this.#stream !== stream) return;
      this.#wait = FIRST_WAIT;
      this.#on.state(state);
      this.#on.found();
    } catch {
      this.#lost(stream);
    }
  }

  #lost(stream) {
    stream.close();
    if (this.#stream !== stream) return;
    this.#stream = null;
    this.#on.lost();
    setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
