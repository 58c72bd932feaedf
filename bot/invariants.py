"""The invariant that nobody is ever stuck, asked with what the library says of its flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import invariants

if TYPE_CHECKING:
    from flows.catalogue import Catalogue
    from storage.database import Transaction
    from storage.invariants import Stuck


async def find_stuck(tx: Transaction, catalogue: Catalogue) -> list[Stuck]:
    """Sessions and people that wait for ever; none in a sound database."""
    limits = {flow.id: flow.definition.expires for flow in catalogue.flows.values()}
    ending = {flow: expires for flow, expires in limits.items() if expires is not None}
    until_next = [flow for flow, expires in ending.items() if expires.after == "next_prompt"]
    return await invariants.stuck(
        tx, expiring=[flow for flow in ending if flow not in until_next], until_next=until_next
    )
