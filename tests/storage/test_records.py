from __future__ import annotations

from dataclasses import replace

from flows.effects import RecordCheckIn, RecordReflections, SaveAnswer
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
from tests.storage.seeding import DAY, NOW, SECOND, seed


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


def test_silence_counts_what_was_missed_since_the_last_answer(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, int | None, str | None]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        weeks = {48: ("answered", {"reason": "work"}), 49: ("missed", {}), 50: ("unsent", {}), 51: ("missed", {})}
        for week, (status, given) in weeks.items():
            planned = NOW + (week - 48) * 7 * DAY
            row = RecordCheckIn(f"2026-W{week}", week, status, planned, planned, None, None, False, given)
            await check_ins.record(tx, [(place, row)])

        async def look() -> tuple[int, int | None, str | None]:
            one = (await silence.of_people(tx, [cast.bintu, cast.doris]))[cast.bintu]
            return one.missed, None if one.since is None else (one.since - NOW).days, one.reason

        before = await look()
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(60, "all_ok", "all_ok", "busy"))], NOW + 22 * DAY)
        assert cast.doris not in await silence.of_people(tx, [cast.doris])
        return [before, await look()]

    assert each_database.write(work) == [(2, 7, "work"), (0, None, "work")]


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


def test_a_check_in_is_replaced_whole_and_its_note_stays(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[dict[str, str], str | None]]:
        cast = await seed(tx, vault)
        place = Place(cast.bintu, cast.programme, None)
        seen = []

        async def look() -> None:
            (found,) = await check_ins.of_people(tx, vault, [cast.bintu])
            seen.append((dict(found.answers), found.note))

        await check_ins.record(tx, [(place, _check_in(contact="real", kind="skill", unknown="ignored"))])
        await check_ins.note(tx, vault, [(cast.bintu, 1, "it went well")])
        await check_ins.record(tx, [(place, _check_in(contact="none", reason="work"))])
        await look()
        await check_ins.note(tx, vault, [(cast.bintu, 1, None), (cast.bintu, 9, "of no session")])
        await look()
        await check_ins.note(tx, vault, [(cast.bintu, 1, "again")])
        await check_ins.record(tx, [(place, _check_in(session=2, contact="real"))])
        await look()
        return seen

    assert each_database.write(work) == [
        ({"contact": "none", "reason": "work"}, "it went well"),
        ({"contact": "none", "reason": "work"}, None),
        ({"contact": "real"}, None),
    ]


def test_reflections_are_replaced_by_direction_and_begin_private(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[object, ...]]:
        cast = await seed(tx, vault)
        late = NOW.replace(hour=23)
        place = Place(cast.bintu, cast.programme, None, "Europe/Amsterdam")
        await reflections.record(tx, [(place, RecordReflections(1, ("giving", "receiving"), "skill"))], late)
        await reflections.set_words(tx, vault, [(cast.bintu, 1, "my own words")])
        await reflections.record(
            tx, [(place, RecordReflections(1, ("receiving", "passing_on"), "support"))], late + DAY
        )
        return [
            (one.direction, one.kind, one.day, one.words, one.sharing)
            for one in await reflections.of_people(tx, vault, [cast.bintu])
        ]

    assert each_database.write(work) == [
        ("passing_on", "support", "2026-11-25", None, "private"),
        ("receiving", "support", "2026-11-24", "my own words", "private"),
    ]


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
