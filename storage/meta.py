"""What is known of the database itself: single values by key, and the canary that tells whether it can be read.

The canary is one sealed word for every key that was ever the newest. All of them must open: the values of an older key
are still there until they are encrypted anew.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, select, text

from storage.columns import from_microseconds
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import KeysError, Unreadable, UnsuitableDatabase
from storage.schema import meta
from storage.statements import Later, Query, upsert

_CANARY = "canary/"
_SONG = b"twinbot"

_row = meta.c
_UPSERT = upsert(meta, ("value",))
_GET = Query(select(_row.value).where(_row.key == bindparam("which")))
_NOW = text("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint")
_FORGET = delete(meta).where(_row.key == bindparam("which"))
_CANARIES = select(_row.key, _row.value).where(_row.key.startswith(_CANARY)).order_by(_row.key)


async def now(tx: Transaction) -> datetime:
    """What PostgreSQL takes for the time."""
    return from_microseconds((await tx.execute(_NOW)).scalar_one())


def get(tx: Transaction, key: str) -> Later[str | None]:
    """`None` where there is none."""
    return _GET.later(tx, lambda rows: rows[0][0] if rows else None, which=key)


async def put(tx: Transaction, key: str, value: str) -> None:
    await _UPSERT.run(tx, [{"key": key, "value": value}])


async def forget(tx: Transaction, key: str) -> None:
    await tx.execute(_FORGET, {"which": key})


async def keys_of(tx: Transaction) -> list[str]:
    """The ids of the keys under which values of this database may lie: every one that was the newest since."""
    return [key.removeprefix(_CANARY) for key, _ in await tx.execute(_CANARIES)]


async def forget_keys(tx: Transaction, ids: Collection[str]) -> None:
    """No value lies under these any more: the database can be read without them."""
    for one in ids:
        await forget(tx, _CANARY + one)


async def check_canary(tx: Transaction, vault: Vault) -> None:
    """Raises `UnsuitableDatabase`, with what to do, when a value of this database could not be read with these keys.
    Writes the canary of the newest key where it is missing, so it needs a write transaction."""
    known = set()
    for key, value in await tx.execute(_CANARIES):
        known.add(key.removeprefix(_CANARY))
        try:
            sings = vault.open(base64.b64decode(value, validate=True), f"meta.canary|{key}") == _SONG
        except (KeysError, Unreadable, binascii.Error):
            sings = False
        if not sings:
            raise UnsuitableDatabase(
                f"This database holds values encrypted with the secret key {key.removeprefix(_CANARY)!r}, and they can "
                "not be read with the keys given. Put that key into SECRET_KEYS or the key file; without it nobody can "
                "read them."
            )
    if vault.newest not in known:
        key = _CANARY + vault.newest
        sealed = vault.seal(_SONG, f"meta.canary|{key}")
        await put(tx, key, base64.b64encode(sealed).decode())
