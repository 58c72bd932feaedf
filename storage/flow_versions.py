"""Every version of every flow that was ever in use, as text: a session keeps the version it began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from storage.database import Transaction
from storage.schema import flow_versions
from storage.statements import insert_new

_row = flow_versions.c


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """`version` is the hash of `definition` and `texts`, both JSON; what is in them is the catalogue's business."""

    version: str
    flow: str
    definition: str
    texts: str


_INSERT = insert_new(flow_versions)


async def store(tx: Transaction, versions: Sequence[FlowVersion], now: datetime) -> None:
    """Adds versions; one that is known already stays as it is."""
    await _INSERT.run(
        tx,
        [
            {
                "version": row.version,
                "flow": row.flow,
                "definition": row.definition,
                "texts": row.texts,
                "stored_at": now,
            }
            for row in versions
        ],
    )


_ALL = select(_row.version, _row.flow, _row.definition, _row.texts).order_by(_row.stored_at, _row.version)
_ONE = _ALL.where(_row.version == bindparam("which"))


async def load_all(tx: Transaction) -> list[FlowVersion]:
    """Every version, oldest first."""
    return [FlowVersion(*row) for row in await tx.execute(_ALL)]


async def load_one(tx: Transaction, version: str) -> FlowVersion | None:
    row = (await tx.execute(_ONE, {"which": version})).one_or_none()
    return None if row is None else FlowVersion(*row)
