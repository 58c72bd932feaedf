"""Every version of every flow that was ever in use, as text: a session keeps the version it began with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.database import Transaction
from storage.schema import flow_versions
from storage.statements import among, insert_new

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


_SOME = (
    select(_row.version, _row.flow, _row.definition, _row.texts)
    .where(among(_row.version, "versions"))
    .order_by(_row.stored_at, _row.version)
)


async def load(tx: Transaction, versions: Collection[str]) -> list[FlowVersion]:
    """Those of `versions` that are stored, oldest first."""
    if not versions:
        return []
    return [FlowVersion(*row) for row in await tx.execute(_SOME, {"versions": sorted(versions)})]
