"""The checklist of what carries a twinning, as conversations see it: plain data, made by `storage/checklist`.

Rules kept here:

* What is asked stands in the flows `FLOWS` alone: a step that offers the list of agreement is a statement. A programme
  that has flows of its own under these names has a checklist of its own.
* Who answered what is nowhere here: a count is of a side, a role and a choice.
* A change is a row of each coordinator who has a word in it. The newest version is the one that counts; it holds for
  both sides when somebody of another side than its author's has agreed to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flows.moments import Moment
from flows.people import PersonId, SideId

FLOWS = ("checklist_together", "checklist_around")
"""The conversations in which twins and coordinators answer, the same for both. Five statements each: response falls
after the fifth question."""

AGREEMENT = ("not_at_all", "rather_not", "partly", "rather", "fully")
"""The ids of the list `agreement_5`."""

AGREED, WAITS, TO_READ = "agreed", "waits", "to_read"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the checklist: it is the text of step `step`, and answered under the name `save`."""

    flow: str
    step: str
    save: str

    @property
    def id(self) -> str:
        """The id of its text, by which it is known."""
        return f"{self.flow}.{self.step}"


@dataclass(frozen=True, slots=True)
class Counted:
    """So many people of a side and a role gave this answer, each counted by her latest one."""

    flow: str
    save: str
    side: SideId
    role: str
    choice: str
    people: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What one coordinator has said of change `number`, about `statement`: the `version` that she `wrote`, agreed to or
    was asked after, when both sides had agreed to it, and what she says `came` of it (yes, partly or no)."""

    number: int
    statement: str
    version: int
    words: str
    said_at: Moment
    wrote: bool
    agreed_at: Moment | None = None
    came: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """A row, and whose it is."""

    person: PersonId
    side: SideId
    row: ChangeRow


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was proposed, with everything said of it, the earliest first."""

    said: tuple[ChangeSaid, ...]

    @property
    def number(self) -> int:
        return self.said[0].row.number

    @property
    def statement(self) -> str:
        return self.said[0].row.statement

    @property
    def version(self) -> int:
        return max(one.row.version for one in self.said)

    @property
    def newest(self) -> tuple[ChangeSaid, ...]:
        """Who wrote the newest wording, as long as she is known, and then who has agreed to it."""
        newest = [one for one in self.said if one.row.version == self.version]
        return tuple(sorted(newest, key=lambda one: not one.row.wrote))

    @property
    def words(self) -> str:
        return self.newest[0].row.words

    @property
    def agreed_at(self) -> Moment | None:
        return min((one.row.agreed_at for one in self.newest if one.row.agreed_at is not None), default=None)

    def standing(self, side: int) -> str:
        """agreed; else waits (for another side) or to_read (by `side`)."""
        if self.agreed_at is not None:
            return AGREED
        return WAITS if self.newest[0].side == side else TO_READ

    def came(self, side: int) -> str | None:
        """What somebody of this side has said came of it, first."""
        return next((one.row.came for one in self.said if one.side == side and one.row.came is not None), None)

    @property
    def is_over(self) -> bool:
        """Whether it was agreed on and somebody has told what came of it: the next one can be proposed."""
        return self.agreed_at is not None and any(one.row.came is not None for one in self.said)

    def row_of(self, person: int) -> ChangeRow | None:
        return next((one.row for one in self.said if one.person == person), None)


def changes_in(fact: object) -> tuple[Change, ...]:
    """The changes in the value of a fact, by number."""
    return tuple(one for one in fact if isinstance(one, Change)) if isinstance(fact, tuple) else ()


def latest_about(fact: object, statement: str) -> Change | None:
    """The change that was proposed last about a statement."""
    found = [one for one in changes_in(fact) if one.statement == statement]
    return found[-1] if found else None


def find_change(fact: object, number: str | int | None) -> Change | None:
    return next((one for one in changes_in(fact) if str(one.number) == str(number)), None)
