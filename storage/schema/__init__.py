"""The tables, once, in one room an area. Migrations are proven equal to this package by a test.

Rules kept here:

* People's words are in columns of type `Sealed`, moments in columns of type `Moment` (`storage/columns`).
* What belongs to a person goes with her: `ON DELETE CASCADE` on every table that holds something of hers.
* Ids of people, pairs, programmes, inbox and outbox rows are never given twice, also after a delete.
* A telegram id is in the clear, because it must be found; a choice's id too. Names are not.
* Who reads or writes a table imports it from here: then every table is known, and references find each other.
"""

from __future__ import annotations

from storage.schema.conversation import answers, asked, check_ins, reflections, sessions
from storage.schema.library import drafts, flow_versions, overlays
from storage.schema.pair import goals, milestones, pair_answers, pair_members, pair_phases, pairs
from storage.schema.parts import metadata
from storage.schema.person import consents, flags, invitations, people
from storage.schema.process import inbox, inbox_failed, leases, meta, outbox, timers
from storage.schema.programme import audit, broadcasts, checklist_changes, programmes, side_weeks, sides

__all__ = [
    "answers",
    "asked",
    "audit",
    "broadcasts",
    "check_ins",
    "checklist_changes",
    "consents",
    "drafts",
    "flags",
    "flow_versions",
    "goals",
    "inbox",
    "inbox_failed",
    "invitations",
    "leases",
    "meta",
    "metadata",
    "milestones",
    "outbox",
    "overlays",
    "pair_answers",
    "pair_members",
    "pair_phases",
    "pairs",
    "people",
    "programmes",
    "reflections",
    "sessions",
    "side_weeks",
    "sides",
    "timers",
]
