"""Every version of a flow that somebody may still be in: stored when it is current, loaded when it is needed.

Rules kept here:

* At the start the versions of all sessions that are kept are loaded; what nobody is in any more is left alone.
* Of several processes one may begin with newer flows than the others: a version that a batch meets for the first time
  is loaded then.
* A stored version that this program can not read stops the start: who is inside could not go on.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from pydantic import ValidationError

from bot.clock import Clock
from bot.errors import Refused
from flows.catalogue import Catalogue, Flow
from storage import flow_versions, sessions
from storage.database import Database, Transaction


async def load_versions(database: Database, catalogue: Catalogue, clock: Clock) -> None:
    """Store what is current, and load every version that somebody may still be in. Raises `Refused` for one that can
    not be read."""
    async with database.write() as tx:
        await flow_versions.store(tx, [stored(flow) for flow in catalogue.flows.values()], clock.now())
    async with database.read() as tx:
        await load_needed(tx, catalogue, await sessions.versions_in_use(tx, clock.now()))


async def load_needed(tx: Transaction, catalogue: Catalogue, versions: Collection[str]) -> None:
    """Load those of `versions` that the catalogue does not have yet. Raises `Refused` for one that can not be read."""
    for row in await flow_versions.load(tx, set(versions) - catalogue.versions.keys()):
        data = json.loads(row.definition) | {"translations": json.loads(row.texts)}
        try:
            catalogue.versions[row.version] = Flow.from_data(data)
        except ValidationError:
            raise Refused(
                f"Somebody is in version {row.version} of the flow {row.flow}, which this version of Twinbot can "
                "not read: run the one that wrote it until those conversations have ended."
            ) from None


def stored(flow: Flow) -> flow_versions.FlowVersion:
    """A flow as it is stored for those who are in it."""
    data = flow.to_data()
    texts = data.pop("translations")
    return flow_versions.FlowVersion(
        flow.version, flow.id, json.dumps(data, ensure_ascii=False), json.dumps(texts, ensure_ascii=False)
    )
