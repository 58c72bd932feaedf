"""The checklist of a programme: how often each side gave which answer, and the changes to which it led.

Rules kept here:

* Answers are counted where they are, in the table of answers: the latest one of each person to each statement, of those
  who take part now. Who gave it is left behind in the database.
* A change is one row of each coordinator who has a word in it, under a lock of the programme's row. Words are sealed;
  who is erased takes her rows along, and what others agreed to is theirs too.
* A change is known by its number in its programme, which is never given twice as long as a row of it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from flows.checklist import FLOWS, Change, ChangeRow, ChangeSaid, Counted
from flows.people import PersonId, PersonState, ProgrammeId, Role
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import answers, checklist_changes, people
from storage.statements import among, upsert

_row = checklist_changes.c

_LATEST = (
    select(
        people.c.programme_id,
        people.c.side_id,
        people.c.role,
        answers.c.flow,
        answers.c.key,
        answers.c.choice,
        func.row_number()
        .over(
            partition_by=(answers.c.person_id, answers.c.flow, answers.c.key),
            order_by=(answers.c.answered_at.desc(), answers.c.session.desc()),
        )
        .label("place"),
    )
    .join_from(people, answers, answers.c.person_id == people.c.id)
    .where(
        among(people.c.programme_id, "programmes"),
        people.c.role.in_([Role.TWIN.value, Role.COORDINATOR.value]),
        people.c.state.in_([PersonState.ACTIVE.value, PersonState.PAUSED.value]),
        answers.c.flow.in_(FLOWS),
        answers.c.choice.is_not(None),
    )
    .subquery()
)
_which = (_LATEST.c.programme_id, _LATEST.c.flow, _LATEST.c.key, _LATEST.c.side_id, _LATEST.c.role, _LATEST.c.choice)
_COUNTED = select(*_which, func.count()).where(_LATEST.c.place == 1).group_by(*_which).order_by(*_which)


async def counted(tx: Transaction, wanted: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[Counted, ...]]:
    """The answers to the checklist in each programme, by side and role."""
    found: dict[ProgrammeId, list[Counted]] = {}
    if wanted:
        for programme, *rest in await tx.execute(_COUNTED, {"programmes": list(wanted)}):
            found.setdefault(programme, []).append(Counted(*rest))
    return {programme: tuple(rows) for programme, rows in found.items()}


_UPSERT = upsert(checklist_changes, ("statement", "version", "words", "said_at", "wrote", "agreed_at", "came"))


async def save(tx: Transaction, vault: Vault, rows: Sequence[tuple[ProgrammeId, PersonId, ChangeRow]]) -> None:
    """Writes what each coordinator said of changes, in the place of what she said of them before."""
    await _UPSERT.run(
        tx,
        [
            {
                "programme_id": programme,
                "number": row.number,
                "person_id": person,
                "statement": row.statement,
                "version": row.version,
                "words": vault.seal_text("checklist_changes.words", f"{programme}/{row.number}/{person}", row.words),
                "said_at": row.said_at,
                "wrote": row.wrote,
                "agreed_at": row.agreed_at,
                "came": row.came,
            }
            for programme, person, row in rows
        ],
    )


_OF_PROGRAMMES = (
    select(checklist_changes, people.c.side_id)
    .join_from(checklist_changes, people, people.c.id == _row.person_id)
    .where(among(_row.programme_id, "programmes"))
    .order_by(_row.programme_id, _row.number, _row.said_at, _row.person_id)
)


async def changes(
    tx: Transaction, vault: Vault, wanted: Collection[ProgrammeId]
) -> dict[ProgrammeId, tuple[Change, ...]]:
    """The changes of each programme, by number."""
    said: dict[ProgrammeId, dict[int, list[ChangeSaid]]] = {}
    if wanted:
        for one in (await tx.execute(_OF_PROGRAMMES, {"programmes": list(wanted)})).mappings():
            programme, number, person = one["programme_id"], one["number"], one["person_id"]
            sealed = one["words"]
            words = (
                ""
                if sealed is None
                else vault.open_text("checklist_changes.words", f"{programme}/{number}/{person}", sealed)
            )
            row = ChangeRow(
                number=number,
                words=words,
                **{name: one[name] for name in ("statement", "version", "said_at", "wrote", "agreed_at", "came")},
            )
            found = said.setdefault(programme, {}).setdefault(number, [])
            found.append(ChangeSaid(person, one["side_id"], row))
    return {
        programme: tuple(Change(tuple(rows)) for rows in by_number.values()) for programme, by_number in said.items()
    }
