"""What happens inside the transaction of one batch: load, advance in order, write.

Rules kept here:

* Everybody's row is locked first, in one statement, by id; only then is looked at what is still to be done. Before it
  come programmes and pairs, in a batch that is begun anew since a turn decides for two (`LocksMissing`, ADR 0024).
* A person who is not known is told what an invitation is, or joins by a good one; nothing is kept of others. Until she
  is in, another good one takes the place of the first.
* What others may know of a person or a pair changes only between batches: an arrival that changes it is the last of its
  batch, and `left` holds the rest. So it is with an arrival that asks for facts made from rows that its batch has yet
  to write, or for more large facts than a batch may load. Any split of arrivals into batches has the same end.
* Who writes faster than she can be answered is kept waiting, and nobody else with her (`bot/flood`).
* Whatever a person does herself shows that she can be reached. What comes for her while she can not be waits.
* An error inside one arrival is a `TurnFailed` and ends the batch; `bot/turns` repeats it one arrival at a time, so
  that it concerns that arrival alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot import broadcasting, commands, copies, erasing, inviting, menu
from bot.arrivals import Acknowledgement, Arrival
from bot.desks import Desk
from bot.failures import to_failed
from bot.flood import Flood, may_wait
from bot.gathering import LARGE_AT_ONCE, FactsMissing, Gathered, LocksMissing, NextBatch, forget_stale
from bot.handled import Handled, still_to_do
from bot.overlays import OverlaysMoved
from bot.own_rows import write_answers, write_flags, write_timers
from bot.pair_rows import write_pairs
from bot.telegram.settling import waits
from bot.versions import load_needed
from bot.workspace import Workspace
from flows.conversation import Conversation, Response
from flows.drafts import versions_of
from flows.effects import ErasePerson, KeepDraft, Lane, NoteSkip
from flows.events import Event
from flows.events.own import ChatBlocked, ChatReturned, InvitationOpened, InvitationRefused
from flows.events.shell import CameBack
from flows.people import PairId, Person, PersonId, ProgrammeId
from flows.rules import coordinating
from flows.timers import EXPIRES_UNHEARD
from flows.values import Text
from storage import (
    drafts,
    facts,
    floods,
    inbox,
    invitations,
    outbox,
    pairs,
    people,
    sessions,
    side_weeks,
)
from storage import overlays as published
from storage.outbox import Message, Outgoing

if TYPE_CHECKING:
    from bot.overlays import Overlays
    from storage.database import Transaction
    from storage.encryption import Vault
    from storage.people import Known

STRANGER_ZONE: Final = "UTC"


class TurnFailed(Exception):
    """One arrival can not be carried out. Its text is the error's class and place, never its words."""


class Batch:
    """One batch, used once. `workspace` holds what it left behind when the transaction is committed; `left` are the
    arrivals that belong into the next one."""

    def __init__(
        self,
        overlays: Overlays,
        world: Mapping[str, object],
        now: datetime,
        log: Any,
        erasures: erasing.ErasuresLog | None = None,
        *,
        locks: frozenset[str] = frozenset(),
    ) -> None:
        self.workspace = Workspace(overlays, now)
        self.left: Sequence[Arrival] = ()
        self._overlays = overlays
        self._catalogue = overlays.catalogue
        self._speech = overlays.speech
        self._world = world
        self._now = now
        self._log = log
        self._erasures = erasures
        self._locks = locks
        self._locked: set[PairId] = set()
        self._desks: dict[PersonId, Desk] = {}
        self._common: dict[ProgrammeId, dict[str, object]] = {}
        self._heads: set[str] = set()
        self._with_large: list[Desk] = []
        self._by_chat: dict[int, Desk] = {}
        self._handled = Handled()
        self._flood = Flood({})
        self._known_keys: set[str] = set()
        self._waiting: list[inbox.Told] = []

    async def carry_out(self, tx: Transaction, vault: Vault, arrivals: Sequence[Arrival]) -> None:
        """Everything from locking to writing. Raises what the database raises, `LocksMissing` and `OverlaysMoved`."""
        await self._load(tx, vault, arrivals)
        to_do = await still_to_do(tx, arrivals, self._known_keys)
        for place, arrival in enumerate(to_do, start=1):
            try:
                desk = await self._carry_out_one(tx, vault, arrival)
            except NextBatch:
                self.left = to_do[place - 1 :]
                break
            if self.workspace.changes_pairs or (desk is not None and desk.others_see_a_change):
                self.left = to_do[place:]
                break
        await self._write(tx, vault)

    async def _carry_out_one(self, tx: Transaction, vault: Vault, arrival: Arrival) -> Desk | None:
        desk = self._desk_of(arrival)
        if desk is None and arrival.start:
            desk = await self._join(tx, vault, arrival)
            if desk is not None:
                await self._turn(tx, vault, desk, arrival, InvitationOpened())
        elif desk is None:
            self._meet_stranger(arrival)
        else:
            before = desk.person
            if arrival.telegram_id is not None and arrival.told is None and not isinstance(arrival.event, ChatBlocked):
                self._note_reachable(desk)
            if arrival.key is not None and may_wait(arrival.event) and self._is_over(arrival.telegram_id):
                self._keep_waiting(desk, arrival, arrival.key)
                return desk
            found = await invitations.lookup(tx, arrival.start) if arrival.start else None
            if arrival.start and inviting.is_another(found, desk.person, self._now):
                await self._change_invitation(tx, vault, desk, arrival)
            elif arrival.start and (refused := inviting.refusal_to_member(found, desk.person, self._now)) is not None:
                await self._turn(tx, vault, desk, arrival, InvitationRefused(refused))
            elif arrival.timer is None or not self.workspace.has_moved(arrival.timer, arrival.due_at):
                await self._turn(tx, vault, desk, arrival, arrival.event)
            if desk.person is not before or desk.erased:
                await self._tell_of_coordinators(tx, vault, desk, before)
        self._handled.note(arrival)
        return desk

    def _note_reachable(self, desk: Desk) -> None:
        if desk.note_reachable():
            self.workspace.told.append((desk.person.id, CameBack()))

    def _is_over(self, chat: int | None) -> bool:
        return chat is not None and self._flood.is_over(chat, self.workspace.outgoing)

    def _keep_waiting(self, desk: Desk, arrival: Arrival, key: str) -> None:
        """It is carried out when her answers have gone out. That is said once a day, whatever she sends."""
        if all(one.person != desk.person.id for one in self._waiting):
            once = f"one_by_one/{desk.person.id}/{self._now:%Y-%m-%d}"
            self._say(desk.chat, desk.person.id, Text("talk.one_by_one"), desk.person.language, key=once)
        self._waiting.append(inbox.Told(desk.person.id, arrival.event, inbox.own_key(key)))
        if arrival.callback is not None:
            self.workspace.acknowledgements.append(Acknowledgement(arrival.callback))
        self._handled.note(arrival)

    async def _tell_of_coordinators(self, tx: Transaction, vault: Vault, desk: Desk, before: Person) -> None:
        """A side that has lost its last coordinator, or has one again, is told of: check-ins rest and go on with it."""
        after = None if desk.erased else desk.person
        if coordinating.leads(before) != coordinating.leads(after):
            if "side" not in self._heads:
                await self._gather(tx, vault, "side")
            changed = coordinating.side_changed(before.id, desk.facts, ready=coordinating.leads(after))
            self.workspace.told += [(one.person, one.event) for one in changed]

    async def set_aside(
        self, tx: Transaction, vault: Vault, arrival: Arrival, error: str, *, tell: bool = True
    ) -> None:
        """Keep what can not be carried out, whole and sealed, and (`tell`) say to its person that it is kept."""
        known = await people.load_locked(tx, vault, *_sought([arrival])) if tell else []
        person = known[0].person if known else None
        wanted = [arrival.person] if person is None and arrival.person is not None else []
        who = person.id if person is not None else next(iter(await people.still_known(tx, wanted)), None)
        self._handled.failed.append(to_failed(arrival, error, who))
        if arrival.again is None:  # else its row stays, and counts one attempt more
            self._handled.note(arrival)
        if arrival.callback is not None:
            self.workspace.acknowledgements.append(Acknowledgement(arrival.callback))
        if tell and arrival.telegram_id is not None and arrival.again is None:
            language = person.language if person is not None else self._speech.best(arrival.language, "en")
            self._say(arrival.telegram_id, who, Text("talk.kept_for_later"), language)
        await self._handled.write(tx, vault, self._now)
        await outbox.insert(tx, vault, self.workspace.outgoing, self._now)

    # -- loading ---------------------------------------------------------------------------------------------------

    async def _load(self, tx: Transaction, vault: Vault, arrivals: Sequence[Arrival]) -> None:
        if self._locks:
            self._locked = await pairs.lock(
                tx,
                *_sought(arrivals),
                whole_programme=facts.PROGRAMMES in self._locks,
                every_pair=facts.EVERY_PAIR in self._locks,
            )
        chats = {one.telegram_id for one in arrivals if one.key is not None and one.telegram_id is not None}
        seen, loads = published.mark(tx), floods.loads(tx, chats)
        known_keys = inbox.known(tx, [one.key for one in arrivals if one.key is not None])
        known = await people.load_locked(tx, vault, *_sought(arrivals))
        if await seen != self._overlays.seen:
            raise OverlaysMoved
        ids = [one.person.id for one in known]
        stored = await sessions.load(tx, vault, ids, self._now)
        held = {one.version for found in stored.values() for one in found}
        held |= {version for found in stored.values() for version in versions_of(found)}
        if not held <= self._catalogue.versions.keys():
            await load_needed(tx, self._catalogue, held)
        for one in known:
            self._seat(one, stored.get(one.person.id, ()))
        await self._gather(tx, vault, "person")
        self._flood, self._known_keys = Flood(await loads), await known_keys

    async def _gather(self, tx: Transaction, vault: Vault, head: str) -> None:
        """Load the facts of `head` for everybody in the batch. Raises `LocksMissing`."""
        lock = facts.LOCKED.get(head)
        if lock is not None and lock not in self._locks:
            raise LocksMissing(self._locks | {lock})
        loader = facts.FACTS[head]
        self._heads |= {one for one, same in facts.FACTS.items() if same is loader}
        found = await loader(tx, vault, [desk.loaded for desk in self._desks.values()])
        for person, known in found.items():
            pair = known.get("together.pair")
            if pair is not None and pair not in self._locked:  # made between the locking and the reading
                raise LocksMissing(self._locks)
            self._desks[person].facts.update(known)

    async def _gather_large(self, tx: Transaction, vault: Vault, head: str, desk: Desk) -> None:
        """Load the facts of a large `head` for `desk` alone, as often as one batch may."""
        if len(self._with_large) >= LARGE_AT_ONCE:
            raise NextBatch
        self._with_large.append(desk)
        found = await facts.FACTS[head](tx, vault, [desk.loaded])
        desk.facts.update(found[desk.person.id])

    def _seat(self, known: Known, stored: Sequence[Any]) -> Desk:
        desk = Desk(
            person=known.person,
            chat=known.telegram_id,
            facts=Gathered(self._known_to_all(known.person.programme), self._heads),
            conversation=Conversation(tuple(stored), known.person.sessions_started),
            loaded=known.person,
            stored={one.number: one for one in stored},
        )
        self._desks[known.person.id] = desk
        if known.telegram_id is not None:
            self._by_chat[known.telegram_id] = desk
        return desk

    def _known_to_all(self, programme: ProgrammeId) -> dict[str, object]:
        known = self._common.get(programme)
        if known is None:
            known = self._common[programme] = {**self._world, **self._overlays.of(programme).facts}
        return known

    def _desk_of(self, arrival: Arrival) -> Desk | None:
        if arrival.person is not None:
            desk = self._desks.get(arrival.person)
        else:
            desk = self._by_chat.get(arrival.telegram_id or 0)
        return None if desk is None or desk.erased is not None else desk

    # -- turning ---------------------------------------------------------------------------------------------------

    async def _turn(self, tx: Transaction, vault: Vault, desk: Desk, arrival: Arrival, event: Event) -> None:
        if arrival.lapses is not None and self._now > arrival.lapses:
            kind = (arrival.timer or "").partition("/")[0]
            if kind in EXPIRES_UNHEARD:
                self.workspace.skipped.append((desk.person.id, NoteSkip(kind, "too_late")))
                return
        try:
            response = await self._answer(tx, vault, desk, event)
            self.workspace.carry_out(desk, arrival, response.effects)
        except (NextBatch, LocksMissing):
            raise
        except Exception as failure:
            self._log.error(
                "turn_failed",
                person=desk.person.id,
                key=arrival.key,
                event_class=type(event).__name__,
                error=type(failure).__name__,
                at=where(failure),
            )
            raise TurnFailed(f"{type(failure).__name__} at {where(failure)}") from None
        desk.take(response.conversation)
        for one in self._with_large:
            forget_stale(self.workspace.stale, one.facts)
        if isinstance(event, ChatBlocked):
            desk.unreachable_reason = event.reason

    async def _answer(self, tx: Transaction, vault: Vault, desk: Desk, event: Event) -> Response:
        """The response to one event; taken again whenever it turns out to need facts that are not loaded yet."""
        flows = self._overlays.of(desk.person.programme).catalogue
        while True:
            try:
                return commands.answer(desk.conversation, event, flows, desk.facts, now=self._now)
            except FactsMissing as missing:
                if missing.head in self.workspace.stale:
                    raise NextBatch from None
                if missing.head in facts.LARGE:
                    await self._gather_large(tx, vault, missing.head, desk)
                else:
                    await self._gather(tx, vault, missing.head)

    # -- strangers and invitations ---------------------------------------------------------------------------------

    def _meet_stranger(self, arrival: Arrival) -> None:
        """Somebody who is nobody's twin: what this is, in her language, and nothing kept."""
        if arrival.callback is not None:
            self.workspace.acknowledgements.append(Acknowledgement(arrival.callback))
        if arrival.telegram_id is None or isinstance(arrival.event, ChatBlocked | ChatReturned):
            return
        self._say_to_stranger(arrival, Text("talk.what_is_this"), self._speech.best(arrival.language, "en"))

    async def _join(self, tx: Transaction, vault: Vault, arrival: Arrival) -> Desk | None:
        """Use an invitation. A wrong, used or expired one explains itself."""
        chat = arrival.telegram_id
        if chat is None or arrival.start is None:
            return None
        found = await invitations.lookup(tx, arrival.start)
        if found is None or not inviting.is_open(found, self._now):
            reason = inviting.refusal_to_stranger(found)
            self._say_to_stranger(arrival, Text(f"invitation.{reason}"), self._speech.best(arrival.language, "en"))
            return None
        language = self._speech.best(arrival.language, found.language)
        person = await people.insert(
            tx,
            programme=found.programme,
            side=found.side,
            role=found.role,
            telegram_id=chat,
            language=language,
            now=self._now,
        )
        await invitations.use(tx, found.id, person, self._now)
        known = await people.load_locked(tx, vault, [person], [])
        desk = self._seat(known[0], ())
        heads = {facts.FACTS[head]: head for head in sorted(self._heads)}  # one head for each loader
        for head in heads.values():
            await self._gather(tx, vault, head)
        return desk

    async def _change_invitation(self, tx: Transaction, vault: Vault, desk: Desk, arrival: Arrival) -> None:
        """She is not in yet and opens another invitation, to the right side perhaps: forget the first one, whole."""
        taken = {arrival.told, *self._handled.own}
        waiting = [one for one in await inbox.own_of(tx, vault, desk.person.id) if one.id not in taken]
        self.workspace.erase(desk, ErasePerson())
        await people.erase(tx, [desk.person.id])
        again = await self._join(tx, vault, arrival)
        if again is not None:
            self._waiting += [inbox.Told(again.person.id, one.event, one.key) for one in waiting]
            await self._turn(tx, vault, again, arrival, InvitationOpened())

    def _say_to_stranger(self, arrival: Arrival, text: Text, language: str) -> None:
        if not self._is_over(arrival.telegram_id):
            self._say(arrival.telegram_id, None, text, language)

    def _say(
        self, chat: int | None, person: PersonId | None, text: Text, language: str, *, key: str | None = None
    ) -> None:
        if chat is None:
            return
        words = self._speech.text(text, language, STRANGER_ZONE)
        self.workspace.outgoing.append(Outgoing(key, person, chat, Lane.REPLY, Message("send", words), self._now))

    # -- writing ---------------------------------------------------------------------------------------------------

    async def _write(self, tx: Transaction, vault: Vault) -> None:
        space, now = self.workspace, self._now
        kept = [desk for desk in self._desks.values() if desk.erased is None]
        await self._handled.write(tx, vault, self._now)
        await people.update_changed(
            tx, vault, [people.Changed(desk.person, desk.unreachable_reason) for desk in kept if desk.is_changed], now
        )
        passages = [(desk.person.id, one, space.keep_until(one)) for desk in kept for one in desk.changed_sessions]
        await sessions.upsert(tx, vault, passages, now)
        await write_pairs(tx, vault, space, now)
        await sessions.forget(tx, [(desk.person.id, number) for desk in kept for number in desk.forgotten_sessions])
        if (space.check_ins or space.asked or space.reflections or space.notes) and "pair" not in self._heads:
            await self._gather(tx, vault, "pair")  # whose pair it is that something was recorded in
        await write_answers(tx, vault, space, now)
        await write_timers(tx, space)
        await write_flags(tx, space, now)
        rows = [drafts.Draft(person, one.message, drafts.SENT, _sent(one), now) for person, one in space.drafts]
        rows += [drafts.to_take_back(person, one.session, one.names, now) for person, one in space.unpublished]
        await drafts.keep(tx, vault, rows)
        await drafts.publish(tx, space.published)
        await drafts.drop(tx, space.dropped)
        await pairs.mute(tx, list(space.muted.items()))
        await side_weeks.count(tx, space.counted_weeks)
        await outbox.withdraw_prompts(tx, space.withdrawn)
        await outbox.take_back(tx, space.taken_back)
        await outbox.bring_back(tx, [desk.person.id for desk in kept if desk.is_back], now)
        space.outgoing += await broadcasting.decide(tx, vault, self._speech, space.broadcasts, now)
        await self._write_told(tx, vault)
        leaving = erasing.leaving_of(self._desks.values())
        last_words = await erasing.erase(tx, vault, self._speech, self._erasures, leaving, now)
        made = await copies.filled_in(tx, vault, self._overlays, space.outgoing, kept, now)
        menus = menu.changed(self._speech, self._desks.values(), now)
        await outbox.insert(tx, vault, [*made, *last_words, *menus], now)
        await self._shut_chats(tx, vault, [desk for desk in kept if desk.is_lost])
        for person, skip in space.skipped:
            self._log.info("skipped", person=person, what=skip.what, reason=skip.reason)

    async def _shut_chats(self, tx: Transaction, vault: Vault, lost: Sequence[Desk]) -> None:
        """What waits to be sent to somebody who can not be reached any more is not tried: it waits for her."""
        for desk in lost:
            if desk.chat is not None:
                parked = await outbox.shut(tx, desk.chat, desk.unreachable_reason or "")
                await inbox.tell(tx, vault, [waits(one.receipt) for one in parked], self._now)

    async def _write_told(self, tx: Transaction, vault: Vault) -> None:
        """Who was erased since the facts were loaded is told nothing, and her being gone is nobody else's error."""
        space = self.workspace
        strange = {person for person, _ in space.told if person not in self._desks}
        here = await people.still_known(tx, sorted(strange)) | self._desks.keys()
        told = [one for one in self._waiting if self._desks[one.person].erased is None]
        told += [inbox.Told(person, event) for person, event in space.told if person in here]
        for person, event in space.told:
            if person not in here:
                self._log.info("skipped", person=person, what=type(event).__name__, reason="gone")
        await inbox.tell(tx, vault, told, self._now)


def _sent(draft: KeepDraft) -> dict[str, object]:
    return {"file": draft.file, "name": draft.name}


def _sought(arrivals: Sequence[Arrival]) -> tuple[list[PersonId], list[int]]:
    ids = {one.person for one in arrivals if one.person is not None}
    chats = {one.telegram_id for one in arrivals if one.telegram_id is not None}
    return sorted(ids), sorted(chats)


def where(failure: BaseException) -> str:
    """File and line of an error, which hold nobody's words."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
