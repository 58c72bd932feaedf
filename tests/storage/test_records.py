from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from flows.effects import RecordCheckIn, RecordReflections, SaveAnswer, SaveNote
from flows.flags import BACK, MET
from flows.session import Answered, Session, Status
from storage import (
    answers,
    check_ins,
    consents,
    flags,
    pair_answers,
    pairs,
    reflections,
    sessions,
    silence,
)
from storage.consents import Consent
from storage.database import Transaction
from storage.encryption import Vault
from storage.flags import Flag
from storage.pair_answers import PairAnswer
from storage.pairs import Place
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, SECOND, Cast, load, seed


def test_sessions_are_kept_until_their_time_and_open_ones_for_ever(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        first = Session(1, "f", "v1", NOW, path=(Answered("a", words="كيف"),))
        second, third = Session(2, "f", "v2", NOW), Session(1, "g", "v3", NOW, status=Status.ENDED)
        rows = [(cast.bintu, second, None), (cast.bintu, first, NOW + DAY), (cast.doris, third, NOW)]
        await sessions.upsert(tx, vault, rows, NOW)
        everybody = [cast.bintu, cast.doris, cast.carla]
        assert await sessions.load(tx, vault, everybody, NOW) == {cast.bintu: [first, second]}
        assert await sessions.load(tx, vault, everybody, NOW + DAY) == {cast.bintu: [second]}
        assert await sessions.versions_in_use(tx, NOW) == {"v1", "v2"}
        assert await sessions.open_counts(tx, NOW) == {cast.bintu: 2}
        changed = replace(second, step="b")
        await sessions.upsert(tx, vault, [(cast.bintu, changed, None)], NOW)
        assert await sessions.load(tx, vault, everybody, NOW + DAY) == {cast.bintu: [changed]}
        return await sessions.purge(tx, NOW + DAY) == 2

    assert each_database.write(work)


def test_a_later_answer_replaces_and_a_forgotten_one_is_gone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[str, str | None, str | None, str | None]]:
        cast = await seed(tx, vault)
        rows = [SaveAnswer(1, "f", "a", "yes"), SaveAnswer(1, "f", "b", "no"), SaveAnswer(1, "f", "c", words="I, me")]
        rows.append(SaveAnswer(1, "f", "d", voice="AwAC-note"))
        await answers.save(tx, vault, [(cast.bintu, row) for row in rows], NOW)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(1, "f", "a", words="in words"))], NOW)
        await answers.forget(tx, [(cast.bintu, 1, "b"), (cast.doris, 1, "c")])
        found = await answers.of_people(tx, vault, [cast.bintu])
        return [(one.key, one.choice, one.words, one.voice) for one in found]

    assert each_database.write(work) == [
        ("a", None, "in words", None),
        ("c", None, "I, me", None),
        ("d", None, None, "AwAC-note"),
    ]


def test_a_flag_that_is_up_keeps_its_moment_until_it_is_taken_down(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Flag]:
        cast = await seed(tx, vault)
        first = Flag(cast.bintu, "quiet", cast.programme, "work", NOW)
        await flags.raise_many(tx, [first, Flag(cast.doris, "quiet", cast.programme, None, NOW + SECOND)])
        await flags.raise_many(tx, [Flag(cast.bintu, "quiet", cast.programme, None, NOW + DAY)])
        assert await flags.of_people(tx, [cast.bintu]) == [first]
        await flags.clear(tx, [(cast.bintu, "help"), (cast.doris, "quiet")])
        assert await flags.of_people(tx, [cast.doris]) == []
        return [one for one in await flags.of_programmes(tx, [cast.programme]) if one != first]

    assert each_database.write(work) == []


def test_each_twin_of_a_pair_answers_for_herself(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[bool, str, str | None, str | None]]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        rows = [
            PairAnswer(pair, cast.bintu, "acceptance", "decline", None, NOW),
            PairAnswer(pair, cast.doris, "naming", None, "Call me Do", NOW),
        ]
        await pair_answers.save(tx, vault, rows)
        await pair_answers.save(tx, vault, [PairAnswer(pair, cast.bintu, "acceptance", "accept", None, NOW)])
        found = await pair_answers.of_pairs(tx, vault, [pair])
        return [(one.person == cast.bintu, one.subject, one.choice, one.words) for one in found]

    assert each_database.write(work) == [(True, "acceptance", "accept", None), (False, "naming", None, "Call me Do")]


@pytest.mark.parametrize("kind", [BACK, MET])
def test_who_has_come_back_was_heard_of_then(each_database: FreshDatabase, kind: str) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, datetime | None, datetime | None]]:
        cast = await seed(tx, vault)
        bintu = await load(tx, vault, cast.bintu)
        seen = []
        for week in (48, 49, 51):
            planned = NOW + (week - 48) * 7 * DAY
            row = RecordCheckIn(f"2026-W{week}", week, "missed", planned, planned, None, None, False, {})
            await check_ins.record(tx, [(Place(cast.bintu, cast.programme, None), row)])
            if week == 49:
                await flags.raise_many(tx, [Flag(cast.bintu, kind, cast.programme, None, NOW + 10 * DAY)])
            one = (await silence.of_people(tx, [bintu]))[bintu.id]
            seen.append((one.missed, one.since, one.asked))
        return seen

    assert each_database.write(work) == [(1, NOW, NOW), (0, None, NOW + 7 * DAY), (1, NOW + 21 * DAY, NOW + 21 * DAY)]


@pytest.mark.parametrize(
    ("flow", "key", "choice"),
    [("all_ok", "all_ok", "busy"), ("pause", "length", "weeks_4"), ("reflect", "kind", "skill")],
)
def test_silence_counts_what_was_missed_since_she_was_last_heard_of(
    each_database: FreshDatabase, flow: str, key: str, choice: str
) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, int | None, str | None]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        weeks = {48: ("answered", {"reason": "work"}), 49: ("missed", {}), 50: ("unsent", {}), 51: ("missed", {})}
        for week, (status, given) in weeks.items():
            planned = NOW + (week - 48) * 7 * DAY
            row = RecordCheckIn(f"2026-W{week}", week, status, planned, planned, None, None, False, given)
            await check_ins.record(tx, [(place, row)])

        async def look() -> tuple[int, int | None, str | None]:
            both = [await load(tx, vault, one) for one in (cast.bintu, cast.doris)]
            one = (await silence.of_people(tx, both))[cast.bintu]
            return one.missed, None if one.since is None else (one.since - NOW).days, one.reason

        before = await look()
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(60, flow, key, choice))], NOW + 8 * DAY)
        half = await look()
        planned = NOW + 28 * DAY
        touched = RecordCheckIn("2026-W52", 52, "missed", planned, planned, planned + DAY, None, False, {})
        await check_ins.record(tx, [(place, touched)])
        doris = await load(tx, vault, cast.doris)
        assert (await silence.of_people(tx, [doris]))[doris.id] == silence.Silence()
        return [before, half, await look()]

    assert each_database.write(work) == [(2, 7, "work"), (1, 21, "work"), (0, None, "work")]


def test_who_asked_to_hear_no_notes_hears_none_of_this_partner(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[bool]:
        cast = await seed(tx, vault)
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await pairs.mute(tx, [(cast.bintu, True), (cast.carla, True)])
        found = await pairs.partners(tx, vault, [cast.bintu, cast.doris])
        return [found[cast.bintu].muted, found[cast.doris].muted]

    assert each_database.write(work) == [True, False]


def _check_in(session: int = 1, **answered: str) -> RecordCheckIn:
    return RecordCheckIn("2026-W48", session, "completed", NOW, NOW, None, NOW + SECOND, False, answered)


def test_a_check_in_is_replaced_whole(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[dict[str, str]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        seen = []
        for recorded in (
            _check_in(contact="real", kind="skill", unknown="ignored"),
            _check_in(contact="none", reason="work"),
            _check_in(session=2, contact="real"),
        ):
            await check_ins.record(tx, [(place, recorded)])
            (found,) = await check_ins.of_people(tx, [cast.bintu])
            seen.append(dict(found.answers))
        return seen

    assert each_database.write(work) == [
        {"contact": "real", "kind": "skill"},
        {"contact": "none", "reason": "work"},
        {"contact": "real"},
    ]


LATE = NOW.replace(hour=23)
"""In Amsterdam it is the next day."""


async def _written(tx: Transaction, vault: Vault, cast: Cast) -> list[tuple[object, ...]]:
    return [
        (one.session, one.direction, one.kind, one.day, one.words, one.voice, one.sharing)
        for one in await reflections.of_people(tx, vault, [cast.bintu])
    ]


def test_an_entry_begins_private_and_keeps_day_words_and_sharing_whatever_its_directions_are(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[tuple[object, ...]]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None, "Europe/Amsterdam")
        seen = []
        await reflections.record(tx, [(place, RecordReflections(1, ("giving", "receiving"), "skill"))], LATE)
        seen.append(await _written(tx, vault, cast))
        await reflections.set_words(tx, vault, [(place, SaveNote(1, "my own words"))], LATE)
        await reflections.set_sharing(tx, [(cast.bintu, 1, "twin")])
        await reflections.record(tx, [(place, RecordReflections(1, ("passing_on",), "support"))], LATE + DAY)
        seen.append(await _written(tx, vault, cast))
        await reflections.record(tx, [(place, RecordReflections(1, (), None))], LATE + DAY)
        seen.append(await _written(tx, vault, cast))
        await reflections.set_words(tx, vault, [(place, SaveNote(1, None))], LATE + DAY)
        seen.append(await _written(tx, vault, cast))
        return seen

    day = "2026-11-24"
    assert each_database.write(work) == [
        [(1, "giving", "skill", day, None, None, "private"), (1, "receiving", "skill", day, None, None, "private")],
        [(1, "passing_on", "support", day, "my own words", None, "twin")],
        [(1, "note", None, day, "my own words", None, "twin")],
        [],
    ]


def test_words_of_a_session_in_which_nothing_flowed_are_an_entry_of_their_own(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[tuple[object, ...]]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        seen = []
        rows = [(place, SaveNote(3, "a quiet week")), (place, SaveNote(4, None, "AwAC")), (place, SaveNote(5, None))]
        await reflections.set_words(tx, vault, rows, NOW)
        seen.append(await _written(tx, vault, cast))
        await reflections.record(tx, [(place, RecordReflections(3, ("giving",), "skill"))], NOW)
        await reflections.set_words(tx, vault, [(place, SaveNote(4, "in words now"))], NOW + SECOND)
        seen.append(await _written(tx, vault, cast))
        edited = [one.edited_at for one in await reflections.of_people(tx, vault, [cast.bintu])]
        assert edited == [None, NOW + SECOND]
        return seen

    day = "2026-11-23"
    assert each_database.write(work) == [
        [(3, "note", None, day, "a quiet week", None, "private"), (4, "note", None, day, None, "AwAC", "private")],
        [
            (3, "giving", "skill", day, "a quiet week", None, "private"),
            (4, "note", None, day, "in words now", None, "private"),
        ],
    ]


def test_a_deleted_entry_is_gone_with_its_words_and_nobody_elses_is(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[bool, int]]:
        cast = await seed(tx, vault)
        both = [Place(person, cast.programme, None) for person in (cast.bintu, cast.doris)]
        rows = [(place, RecordReflections(number, ("giving",), "skill")) for place in both for number in (1, 2)]
        await reflections.record(tx, rows, NOW)
        await reflections.forget(tx, {(cast.bintu, 1), (cast.bintu, 9)})
        found = await reflections.of_people(tx, vault, [cast.bintu, cast.doris])
        return [(one.person == cast.bintu, one.session) for one in found]

    assert each_database.write(work) == [(True, 2), (False, 1), (False, 2)]


def test_a_session_that_records_nothing_any_more_leaves_nothing(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> int:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        await reflections.record(tx, [(place, RecordReflections(1, ("giving",), "skill"))], NOW)
        await reflections.record(tx, [(place, RecordReflections(1, (), None))], NOW)
        return len(await reflections.of_people(tx, vault, [cast.bintu]))

    assert each_database.write(work) == 0


def test_consents_are_added_and_never_changed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        given = Consent(cast.bintu, "core", "1", "en", True, NOW)
        rows = [given, replace(given, given=False, at=NOW + SECOND)]
        await consents.add(tx, rows)
        return await consents.of_people(tx, [cast.bintu]) == rows

    assert each_database.write(work)
