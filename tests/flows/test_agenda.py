"""The file of the agenda: what is wrong with an item, and that it is read as it is written."""

from __future__ import annotations

import pytest

from bot.library import packaged_catalogue
from flows.agenda import misplaced, read_agenda
from flows.catalogue import load
from flows.errors import LibraryBroken
from tests.flows.test_due_items import item


def test_what_is_wrong_with_an_item_is_told_with_what_to_do() -> None:
    agenda = (item("one"), item("one"), item("two"))
    told = dict(misplaced(agenda, {"one"}))
    assert "twice" in told["one"]
    assert "flow two" in told["two"]


@pytest.mark.parametrize(
    ("broken", "advice"),
    [
        ('phases = ["lunch"]\nevery = "once"\nminutes = 1', "phases"),
        ('phases = ["naming"]\nevery = "often"\nminutes = 1', "no duration"),
        ('phases = ["naming"]\nevery = "never"\nminutes = 1\nby_hand = false', "never"),
        ('phases = ["naming"]\nevery = "once"\nminutes = 1\nfun = true', "unknown here"),
    ],
)
def test_a_broken_agenda_stops_the_start(broken: str, advice: str) -> None:
    with pytest.raises(LibraryBroken) as refused:
        load({"agenda.toml": f'[[items]]\nid = "one"\nflow = "one"\nbrings = "x"\n{broken}\n'})
    assert advice in str(refused.value)


def test_an_agenda_reads_what_it_writes() -> None:
    agenda = packaged_catalogue().agenda
    assert agenda
    again = read_agenda({"items": [one.model_dump(mode="json", exclude_unset=True) for one in agenda]})
    assert again == agenda
