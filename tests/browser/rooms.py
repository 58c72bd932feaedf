"""The real room with the real bot, as `twinbot rehearse` opens it, and what one does and sees on its page.

Rules kept here:

* `UPDATE_PICTURES=1` writes the pictures that the documentation shows; otherwise nothing is written and nothing waits.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.pictures import fewer_colours

FATMATA, ANNEKE, ISATU, MARIEKE = 101, 102, 103, 104
ADDRESS = re.compile(r"Rehearsal room: (http://127\.0\.0\.1:\d+/)")
OPENED_WITHIN = 90.0
"""Seconds until the seeded room is open: migrations, four people joining, a first check-in, on a busy machine."""
ANSWERED_WITHIN = 30_000
MOVED_WITHIN = 90_000
"""Milliseconds for one answer of the bot, and for a week with all that falls due in it."""
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TOAST = 3500
"""Milliseconds after which a toast is gone."""
Words = str | re.Pattern[str]


@contextmanager
def rehearsal_room(folder: Path, *options: str) -> Iterator[str]:
    """`twinbot rehearse --fresh` in `folder`; gives the address that it prints."""
    ours = ("TELEGRAM_", "DATABASE_", "PUBLIC_", "SECRET_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "rehearse", "--fresh", "--port", "0", *options],
        cwd=folder,
        env={**kept, "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    try:
        yield _address(process)
    finally:
        ended = process.poll()
        process.terminate()
        try:
            said, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
    if ended is not None:
        pytest.fail(f"the room ended by itself ({ended}):\n{said}")


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said: list[str] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        end = time.monotonic() + OPENED_WITHIN
        while time.monotonic() < end and selector.select(max(0.0, end - time.monotonic())):
            words = process.stdout.readline()
            if not words:
                break
            said.append(words)
            found = ADDRESS.search(words)
            if found:
                return found[1]
    pytest.fail("the room did not open:\n" + "".join(said))


def phone(page: Page, chat: int) -> Locator:
    return page.locator(f'[data-phone="{chat}"]')


def talk(page: Page, chat: int) -> Locator:
    return phone(page, chat).get_by_role("log")


def last(page: Page, chat: int) -> Locator:
    """The bot's last message on this phone."""
    return phone(page, chat).locator(".message.from-bot").last


def hears(page: Page, chat: int, words: Words, since: int = 0) -> None:
    """Waits until a message of the bot on this phone, of those after the one with the number `since`, says `words`."""
    pattern = words.pattern if isinstance(words, re.Pattern) else re.escape(words)
    try:
        page.wait_for_function(HEARD, arg=[chat, since, pattern], timeout=ANSWERED_WITHIN)
    except Error:
        shown = talk(page, chat).locator(".message").all_inner_texts()[-8:]
        pytest.fail(f"nothing says {pattern!r}; the latest:\n" + "\n---\n".join(shown))


HEARD = """([chat, since, pattern]) =>
  [...document.querySelectorAll(`[data-phone="${chat}"] .message.from-bot`)].some((message) =>
    Number(message.dataset.message) > since && new RegExp(pattern).test(message.querySelector(".bubble").innerText))"""


def latest(page: Page, chat: int) -> int:
    """The number of the latest message on this phone."""
    number = phone(page, chat).locator(".message").last.get_attribute("data-message")
    return int(number or 0)


def choose(page: Page, chat: int, words: Words, then: Words | None) -> None:
    """Taps the newest button that says `words` and waits for a new message that says `then`; with `None` only until the
    button is marked."""
    since = latest(page, chat)
    keys = phone(page, chat).locator(".inline-keyboard")
    keys.get_by_role("button", name=words, exact=isinstance(words, str)).last.click(timeout=ANSWERED_WITHIN)
    if then is not None:
        hears(page, chat, then, since)
    else:
        expect(keys.get_by_role("button", name=f"✓ {words}").last).to_be_visible(timeout=ANSWERED_WITHIN)


def choose_each(page: Page, chat: int, *taps: tuple[Words, Words | None]) -> None:
    """One after another, each as `choose` does it."""
    for words, then in taps:
        choose(page, chat, words, then)


def write(page: Page, chat: int, words: str, then: Words) -> None:
    """Types `words` and waits for a new message that says `then`."""
    since = latest(page, chat)
    line = phone(page, chat).get_by_role("textbox")
    line.fill(words)
    line.press("Enter")
    hears(page, chat, then, since)


def move(page: Page, words: str) -> None:
    """Moves the clock by one of its buttons and waits until it has come there and stands."""
    still(page)
    button = page.get_by_role("button", name=words)
    before, by = page.locator("#clock-time").get_attribute("datetime"), button.get_attribute("data-move")
    button.click()
    page.wait_for_function(ARRIVED, arg=[before, by], timeout=MOVED_WITHIN)
    still(page)


ARRIVED = """([before, by]) =>
  Date.parse(document.querySelector("#clock-time").dateTime) - Date.parse(before) >= Number(by) * 1000"""


def still(page: Page) -> None:
    expect(page.get_by_role("button", name="+1 week")).to_have_attribute("aria-disabled", "false", timeout=MOVED_WITHIN)


def picture(page: Page, name: str, *chats: int) -> None:
    """A picture of the whole page, or of the phones of `chats`, which stand side by side."""
    if not os.environ.get("UPDATE_PICTURES"):
        return
    page.mouse.move(640, 2)  # nothing looks hovered over
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(TOAST)
    path = PICTURES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not chats:
        path.write_bytes(fewer_colours(page.screenshot()))
        return
    boxes = [box for chat in chats if (box := phone(page, chat).locator(".screen").bounding_box()) is not None]
    assert len(boxes) == len(chats)
    left, top = min(box["x"] for box in boxes) - 8, min(box["y"] for box in boxes) - 8
    right = max(box["x"] + box["width"] for box in boxes) + 8
    bottom = max(box["y"] + box["height"] for box in boxes) + 8
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    path.write_bytes(fewer_colours(page.screenshot(clip=clip)))  # type: ignore[arg-type]  # a FloatRect by shape
