"""One noun for one thing: the words that the glossary refuses stand in nothing that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer

from bot import cli
from bot.library import packaged_catalogue
from bot.settings import Settings
from tests.docs.reading import PAGES, WRITTEN_BY_HAND, by_hand

REFUSED = (
    "user",
    "admin",
    "administrator",
    "participant",
    "buddy",
    "couple",
    "survey",
    "poll",
    "questionnaire",
    "feedback",
    "queue",
    "workspace",
    "blast",
    "campaign",
    "nag",
    "simulate",
    "simulation",
    "dialog",
    "dialogue",
    "cron",
    "dnd",
)
"""Of the glossary's right column those that mean nothing else here. Left out: `project`, `group`, `result` and their
like, which are plain English too."""

WORDS = re.compile(rf"\b(?:{'|'.join(REFUSED)})s?\b", re.IGNORECASE)

ALLOWED = {
    ("docs/operate.md", "poll"): "what a process does with Telegram",
    ("docs/operate.md", "user"): "the account of the operating system",
    ("docs/architecture.md", "poll"): "what a worker does with Telegram",
    ("docs/deploy/botfather.md", "user"): "what Telegram calls the name of a bot: its user name",
    ("docs/deploy/docker.md", "user"): "the account of the operating system",
    ("docs/deploy/procfile-host.md", "poll"): "what a worker does with Telegram",
    ("docs/deploy/small-server.md", "user"): "the account of the operating system",
}
"""Page and word, to the reason why it is right there."""


def texts() -> Iterator[tuple[str, str]]:
    """What twins and coordinators read, in the source language."""
    catalogue = packaged_catalogue()
    yield from catalogue.source_texts.items()
    for name, phrase in catalogue.phrases.items():
        for words in (phrase.text, phrase.one, phrase.other):
            if words is not None:
                yield name, words


def test_no_text_of_the_bot_uses_a_refused_word() -> None:
    found = {name: WORDS.findall(words) for name, words in texts() if WORDS.search(words)}
    assert found == {}


def test_the_guard_would_find_one() -> None:
    assert WORDS.findall("Users, the admin and this survey") == ["Users", "admin", "survey"]
    assert not WORDS.search("Twins answer a check-in; using the outbox is polling nobody.")


def helps(command: object, name: str) -> Iterator[tuple[str, str]]:
    yield name, str(getattr(command, "help", None) or "")
    for param in getattr(command, "params", ()):
        yield f"{name} {param.name}", str(getattr(param, "help", None) or "")
    for one, inside in getattr(command, "commands", {}).items():
        yield from helps(inside, f"{name} {one}")


def test_no_help_of_a_command_and_no_setting_uses_a_refused_word() -> None:
    said = dict(helps(typer.main.get_command(cli.app), "twinbot"))
    assert "twinbot programme new" in said
    said |= {name: field.description or "" for name, field in Settings.model_fields.items()}
    allowed = {"poll"}  # long polling is Telegram's word
    found = {name: set(WORDS.findall(words)) - allowed for name, words in said.items()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("page", [page for page in WRITTEN_BY_HAND if page != "docs/glossary.md"])
def test_no_page_uses_a_refused_word(page: str) -> None:
    code = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
    found = {word.lower().removesuffix("s") for word in WORDS.findall(code.sub(" ", by_hand(PAGES[page])))}
    assert {word for word in found if (page, word) not in ALLOWED} == set()


def test_every_exception_is_needed() -> None:
    for page, word in ALLOWED:
        assert re.search(rf"\b{word}s?\b", PAGES[page]), f"{page} has no {word} any more"


def test_the_glossary_refuses_what_the_tests_refuse() -> None:
    refused = " ".join(line.split("|")[3] for line in PAGES["docs/glossary.md"].splitlines() if line.startswith("| "))
    binding = {"user", "participant", "buddy", "couple", "survey", "poll", "queue", "blast", "campaign", "nag", "cron"}
    assert binding <= set(re.findall(r"[a-z]+", refused))
    assert binding <= set(REFUSED)
