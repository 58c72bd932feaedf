// Making elements. Rule: words of people only ever enter the page as text nodes; nothing here, and nothing
// that uses it, writes markup from a string.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties (`class`, `data-*`, `aria-*` and any attribute; `on*` for listeners) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** One of the symbols drawn in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Sets the text only when it differs: an unchanged status is not announced again. */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

const formats = new Map();

function format(zone, kind) {
  const key = `${zone} ${kind}`;
  if (!formats.has(key)) {
    const parts = {
      time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
      day: { weekday: "long", day: "numeric", month: "long" },
      short: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
      weekday: { weekday: "long" },
      date: { day: "numeric", month: "short" },
      year: { year: "numeric" },
    }[kind];
    let known;
    try {
      known = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...parts });
    } catch {
      known = format("UTC", kind); // a zone that the room's machine knows and this browser does not
    }
    formats.set(key, known);
  }
  return formats.get(key);
}

/** A simulated moment (unix seconds) in words; `kind` is time, day, short, weekday, date or year. */
export function moment(seconds, kind, zone = "UTC") {
  return format(zone, kind).format(new Date(seconds * 1000));
}

/** A small menu beside its anchor: arrow keys, Escape and a click outside work as expected. `items` are [words, act]. */
export function openMenu(anchor, label, items) {
  document.querySelector(".menu")?.remove();
  const menu = make("div", { class: "menu", role: "menu", "aria-label": label });
  const close = (refocus) => {
    if (!menu.isConnected) return;
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (refocus && anchor.isConnected) anchor.focus();
  };
  const outside = (event) => menu.contains(event.target) || close(false);
  for (const [words, act, symbol] of items) {
    menu.append(
      make("button", { type: "button", role: "menuitem", onclick: () => { close(false); act(); } },
        symbol ? icon(symbol) : null, words),
    );
  }
  menu.addEventListener("keydown", (event) => {
    const all = [...menu.children];
    const here = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[(here + 1) % all.length].focus();
    else if (event.key === "ArrowUp") all[(here - 1 + all.length) % all.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.body.append(menu);
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  // It stays on the phone that it belongs to.
  const bounds = (anchor.closest(".screen") ?? document.body).getBoundingClientRect();
  const left = Math.min(Math.max(bounds.left + 8, at.right - size.width), bounds.right - size.width - 8);
  const top = at.bottom + size.height + 8 > innerHeight ? at.top - size.height - 6 : at.bottom + 6;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${Math.max(8, top)}px`;
  menu.firstElementChild.focus();
  document.addEventListener("pointerdown", outside, true);
}
