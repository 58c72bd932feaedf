"""The ledger of permanent numbers: which choice has which number, written down so that a reorder is caught.

Rules kept here:

* A number is as permanent as an id: twins know their numbers by heart and keep `/numbers` on paper.
* The ledger only grows. A choice that was taken out keeps its line, so that its number is never given to another.
* The file is `flows/library/numbers.toml`, made by `kept` and committed with the flow that it belongs to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from itertools import groupby

from pydantic import TypeAdapter

from flows.catalogue import Catalogue, Flow

Numbers = Mapping[str, tuple[str, ...]]
"""Where the choices stand (`weekly_checkin.ask_contact`, `choices.helps`), then their ids: the first is number 1."""

_HEAD = """\
# The permanent numbers of all choices: the first of a line is number 1. Made by `twinbot flows check --keep-numbers`;
# never edit or shorten a line, not even for a choice that was taken out.
"""

_STORED: TypeAdapter[dict[str, dict[str, tuple[str, ...]]]] = TypeAdapter(dict[str, dict[str, tuple[str, ...]]])


def numbers_of(flow: Flow) -> dict[str, tuple[str, ...]]:
    """The numbers of the choices that are written in `flow` or in a shared list that it offers."""
    found: dict[str, tuple[str, ...]] = {}
    for step in flow.definition.steps:
        choices = flow.choices(step.id)
        if choices:
            place = choices[0].text.rpartition(".")[0]
            found[place] = tuple(choice.id for choice in choices)
    return found


def numbers_in(catalogue: Catalogue) -> Numbers:
    """The numbers of all flows."""
    return {place: ids for flow in catalogue.flows.values() for place, ids in numbers_of(flow).items()}


def kept(before: Numbers, catalogue: Catalogue) -> Numbers:
    """`before` with the choices that are new. What it says already is never changed: a choice that stands in another
    place now is for the checks to refuse."""
    after = dict(before)
    for place, ids in numbers_in(catalogue).items():
        known = after.get(place, ())
        after[place] = (*known, *(one for one in ids if one not in known))
    return after


def read(text: str) -> Numbers:
    """The ledger from its file. Raises tomllib.TOMLDecodeError or pydantic's ValidationError when it is no ledger."""
    stored = _STORED.validate_python(tomllib.loads(text))
    return {f"{flow}.{step}": ids for flow, steps in stored.items() for step, ids in steps.items()}


def written(numbers: Numbers) -> str:
    """The file for `numbers`, in an order of its own, so that a difference shows only what changed."""
    parts = [_HEAD]
    for flow, places in groupby(sorted(numbers), key=lambda place: place.partition(".")[0]):
        parts.append(f"\n[{flow}]\n")
        for place in places:
            ids = ", ".join(f'"{one}"' for one in numbers[place])
            parts.append(f"{place.partition('.')[2]} = [{ids}]\n")
    return "".join(parts)
