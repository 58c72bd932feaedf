"""Every version of a flow that somebody may still be in: stored when it is current, loaded when the program starts."""

from __future__ import annotations

import json

from bot.clock import Clock
from flows.catalogue import Catalogue, Flow
from storage import flow_versions
from storage.database import Database


async def load_versions(database: Database, catalogue: Catalogue, clock: Clock) -> None:
    """Store what is current, and load every version that somebody may still be in."""
    async with database.write() as tx:
        await flow_versions.store(tx, [_stored(flow) for flow in catalogue.flows.values()], clock.now())
    async with database.read() as tx:
        for stored in await flow_versions.load_all(tx):
            if stored.version not in catalogue.versions:
                data = json.loads(stored.definition) | {"translations": json.loads(stored.texts)}
                catalogue.versions[stored.version] = Flow.from_data(data)


def _stored(flow: Flow) -> flow_versions.FlowVersion:
    data = flow.to_data()
    texts = data.pop("translations")
    return flow_versions.FlowVersion(
        flow.version, flow.id, json.dumps(data, ensure_ascii=False), json.dumps(texts, ensure_ascii=False)
    )
