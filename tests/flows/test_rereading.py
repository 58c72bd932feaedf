"""`/reflections` beyond one page: long lists, lists that have grown old, and taps that nobody offered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.commands import answer
from bot.library import packaged_catalogue
from flows.conversation import Conversation, Response
from flows.effects import DeleteReflection, Say, SetSharing, Tell
from flows.entries import Entry
from flows.events import Event
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.pairs import ReflectionShared, SharingWithdrawn
from flows.rules.reflecting import OWN
from flows.rules.rereading import A_PAGE, AT_MOST, FIRST_WORDS
from flows.values import Text
from tests.cast import ANNEKE, FATMATA, ISATU, facts_of

NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
FIRST = date(2024, 1, 1)


def entry(number: int, **more: object) -> Entry:
    day = (FIRST + timedelta(days=number)).isoformat()
    return Entry(number, day, ("giving",), "skill", "personal", "twin", f"words {number}", twin=ANNEKE.id, **more)  # type: ignore[arg-type]


def newest_first(*entries: Entry) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: one.day, reverse=True))


class Talked:
    """Fatmata's conversation. Her sessions are numbered from 1001, so that no entry has the number of one."""

    def __init__(self, *entries: Entry) -> None:
        self.facts = facts_of(FATMATA) | {OWN: newest_first(*entries)}
        self.conversation = Conversation((), 1000)
        self.last: Response | None = None

    def takes(self, event: Event) -> list[Text]:
        """What she is told."""
        self.last = answer(self.conversation, event, packaged_catalogue(), self.facts, now=NOW)
        self.conversation = self.last.conversation
        return [effect.text for effect in self.last.effects if isinstance(effect, Say)]

    def types(self, *texts: str) -> list[Text]:
        said: list[Text] = []
        for text in texts:
            said = self.takes(Typed(text, 1))
        return said

    def told(self) -> list[tuple[int, Event]]:
        assert self.last is not None
        return [(effect.person, effect.event) for effect in self.last.effects if isinstance(effect, Tell)]


def opened(said: list[Text]) -> object:
    """The words of the entry that is shown."""
    whole = said[-1].values["whole"]
    assert isinstance(whole, Text)
    return whole.values["words"]


def test_a_list_of_more_than_its_numbers_goes_on_in_a_list_of_older_ones() -> None:
    talked = Talked(*(entry(number) for number in range(1, 201)))
    talked.takes(CommandGiven("reflections"))
    assert opened(talked.types(str(AT_MOST))) == f"words {201 - AT_MOST}"
    talked.types("4")
    talked.types(str(AT_MOST + 1))
    assert opened(talked.types("1")) == f"words {200 - AT_MOST}"
    talked.types("4", str(AT_MOST + 1))
    assert opened(talked.types(str(200 - 2 * AT_MOST))) == "words 1"
    talked.types("4")
    assert "does not fit" not in str(talked.types(str(200 - 2 * AT_MOST + 1)))
    assert opened(talked.types("1")) == f"words {200 - 2 * AT_MOST}"


def test_a_number_means_the_same_entry_as_long_as_the_list_is_open() -> None:
    talked = Talked(entry(1), entry(2), entry(3))
    talked.takes(CommandGiven("reflections"))
    talked.facts[OWN] = newest_first(entry(1), entry(3), entry(4), entry(5))
    assert opened(talked.types("3")) == "words 1"
    talked.types("4")
    assert [text.id for text in talked.types("2")] == ["reflections.gone"]


def test_a_page_shows_five_and_a_long_line_is_cut_between_words() -> None:
    long = Entry(9, "2026-01-01", ("giving",), words="word " * 40)
    talked = Talked(long, *(entry(number) for number in range(1, 6)))
    (said,) = talked.takes(CommandGiven("reflections"))
    assert len(said.values["lines"].items) == A_PAGE  # type: ignore[union-attr]
    shown = str(said.values["lines"].items[0])  # type: ignore[union-attr]
    assert "word …" in shown
    assert len("word " * 8) == FIRST_WORDS


@pytest.mark.parametrize("number", [0, 2, 3, 50, 99])
def test_a_tap_that_nobody_offered_opens_nothing(number: int) -> None:
    talked = Talked(entry(1))
    talked.takes(CommandGiven("reflections"))
    said = talked.takes(Tapped(1001, "ask_entry", number))
    assert all("whole" not in text.values for text in said)
    assert not any(isinstance(one, SetSharing | DeleteReflection) for one in talked.last.effects)  # type: ignore[union-attr]
    for step in ("ask_action", "ask_sharing", "ask_delete", "ask_words", "share", "delete"):
        talked.takes(Tapped(1001, step, 1))
        assert not any(isinstance(one, SetSharing | DeleteReflection | Tell) for one in talked.last.effects)  # type: ignore[union-attr]


def test_an_entry_of_an_earlier_pair_is_taken_back_from_its_twin_and_not_offered_to_the_next_one() -> None:
    before = Entry(7, "2026-01-01", ("giving",), words="before", sharing="twin", twin=77)
    talked = Talked(before)
    talked.takes(CommandGiven("reflections"))
    talked.types("1")
    said = talked.types("2")
    assert said
    assert talked.last is not None
    labels = [str(one.label) for effect in talked.last.effects if isinstance(effect, Say) for one in effect.buttons]
    assert not any("share_twin" in label for label in labels)
    talked.types("1")  # with the coordinators
    told = talked.told()
    assert (77, SharingWithdrawn(FATMATA.id, "Fatmata", 7)) in told
    assert [person for person, event in told if isinstance(event, ReflectionShared)] == [ISATU.id]
