"""Every refusal of the table, provoked over real HTTP, beside the nearest thing that passes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.rehearsal.refusals import REFUSALS, Refusal, Why

from . import refused_calls, refused_messages  # noqa: F401 - importing them fills the register
from .line import open_line
from .provoking import CASES


def test_every_refusal_of_the_table_is_provoked_here() -> None:
    assert set(CASES) == set(REFUSALS) == set(Why)


@pytest.mark.parametrize("why", CASES, ids=lambda why: why.value)
def test_it_is_refused_in_telegrams_words(why: Why) -> None:
    case, code, words = CASES[why]

    async def provoke() -> dict[str, Any]:
        async with open_line() as line, asyncio.timeout(20):
            return await case(line)

    told = asyncio.run(provoke())
    assert (told["ok"], told["error_code"]) == (False, code)
    assert told["description"].startswith(words)
    assert set(told) <= {"ok", "error_code", "description", "parameters"}


@pytest.mark.parametrize("entry", REFUSALS.values(), ids=lambda entry: entry.why.value)
def test_every_refusal_names_its_source(entry: Refusal) -> None:
    document, _, fact = entry.source.partition(": ")
    assert document.startswith(("telegram.md, Inbound", "telegram.md, Outbound", "Bot API, "))
    assert len(fact) > 10 or document.startswith("Bot API, ")
