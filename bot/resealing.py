"""Changing keys: a new one before the others, and everything that lies under older ones under the newest.

Rules kept here:

* The running bot must know the new key before a value comes under it: otherwise it could not read that value. Each
  process notes the newest key it has started with, and nothing is sealed anew while that is another one.
* It goes in pieces, each a short transaction; between two of them it rests as long as the piece took, so that people
  are served. It can be killed at any moment and begun again.
* An older key is given up only when no value lies under it, and by hand: copies of the database need it longer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import Refused
from storage import meta, seals
from storage.encryption import Vault
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from storage.database import Database, Transaction

PIECE: Final = 200
"""Values in one transaction: some ten milliseconds on SQLite."""
PASSAGES: Final = 20
"""So often is begun again for rows that others were just changing."""
STARTED_WITH: Final = "started_with_key"


@dataclass(frozen=True, slots=True)
class Lying:
    """How many values lie under one key. `needed`: the database can not be read without it."""

    key: str
    values: int
    needed: bool


@dataclass(frozen=True, slots=True)
class Resealed:
    """`unreadable` values can be opened by no key, and stay as they are; `left` lie under older keys still."""

    sealed: int
    unreadable: int
    left: int


async def note_started(tx: Transaction, vault: Vault) -> None:
    """This process reads and seals with these keys from now on. Writes only what is new, so that it starts on a full
    disk too."""
    if await meta.get(tx, STARTED_WITH) != vault.newest:
        await meta.put(tx, STARTED_WITH, vault.newest)


async def lying(database: Database) -> list[Lying]:
    """The keys of this database with what lies under each, the newest first."""
    newest = database.vault.newest
    async with database.read() as tx:
        known = await meta.keys_of(tx)
        keys = [newest, *(one for one in known if one != newest)]
        return [Lying(one, await seals.count(tx, Vault.header(one)), one in known) for one in keys]


async def reseal(database: Database, on_sealed: Callable[[int], None] = lambda _: None) -> Resealed:
    """Brings everything under the newest key. `on_sealed` is told how many came under it. Raises `Refused` while the
    bot has not been started with that key."""
    vault = database.vault
    async with database.read() as tx:
        started_with = await meta.get(tx, STARTED_WITH)
        old = [one for one in await meta.keys_of(tx) if one != vault.newest]
    if started_with not in (None, vault.newest):
        raise Refused(
            f"The bot was last started with {started_with} as its newest key, and does not know {vault.newest}: "
            "restart every process of it first."
        )
    sealed = unreadable = 0
    for _ in range(PASSAGES):
        found = [await _column(database, column, on_sealed) for column in seals.SEALED]
        sealed += sum(one.sealed for one in found)
        unreadable = sum(one.unreadable for one in found)
        async with database.read() as tx:
            left = await seals.count_others(tx, vault.header(vault.newest))
        if left <= unreadable:
            break
    if left == 0:
        async with database.write() as tx:
            await meta.forget_keys(tx, old)
    return Resealed(sealed, unreadable, left)


async def _column(database: Database, column: seals.SealedColumn, on_sealed: Callable[[int], None]) -> seals.Piece:
    sealed = unreadable = 0
    after: seals.Place | None = None
    while True:
        began = time.monotonic()
        try:
            async with database.write() as tx:
                piece = await seals.seal_anew(tx, database.vault, column, after, PIECE)
        except Exception as failure:
            if kind_of(failure) is not Trouble.CONFLICT:
                raise
            continue
        sealed, unreadable = sealed + piece.sealed, unreadable + piece.unreadable
        on_sealed(piece.sealed)
        if piece.last is None:
            return seals.Piece(sealed, unreadable, None)
        after = piece.last
        await asyncio.sleep(time.monotonic() - began)


def sentences(found: Sequence[Lying]) -> str:
    """What lies under which key, a line each."""
    lines = []
    for place, one in enumerate(found):
        what = "newest" if place == 0 else "older"
        said = f"{one.key} ({what}): {one.values} values"
        lines.append(
            said if place == 0 or not one.values else f"{said}; `twinbot keys reseal` brings them under the newest"
        )
    return "\n".join(lines)
