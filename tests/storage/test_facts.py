from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from flows.effects import RecordCheckIn, RecordReflections, SaveAnswer, SaveNote
from flows.entries import Entry
from flows.facts import FACTS as LISTED
from flows.people import PersonState, Role
from flows.rules.balancing import balance_text
from flows.rules.reciprocity import History, Report
from storage import (
    answers,
    check_ins,
    facts,
    flags,
    pairs,
    people,
    programmes,
    reflections,
)
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.pairs import Place
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.speaking import the_speech
from tests.storage.seeding import DAY, NOW, add_person, load, seed


def test_every_fact_that_a_flow_may_list_is_loaded(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        known = [one.person for one in await people.of_programme(tx, vault, cast.programme)]
        found = await facts.load(tx, vault, known)
        wanted = {fact for fact in LISTED if not fact.startswith("world.")}
        for person in known:
            assert wanted <= found[person.id].keys()
        assert found[cast.carla].keys() == found[cast.bintu].keys()
        expected = {
            "person.name": "Bintu",
            "twin.name": "Doris",
            "twin.side_name": "Breda",
            "programme.name": "Bo and Breda",
            "programme.countries": ("BE", "NL", "SL"),
            "programme.ready": True,
            "side.name": "Bo",
            "side.coordinators": (cast.aminata,),
        }
        assert {name: found[cast.bintu][name] for name in expected} == expected
        return found[cast.carla]["twin.name"] is None

    assert each_database.write(work)


def test_countries_are_those_declared_and_of_those_who_joined_whoever_asks(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[object]:
        cast = await seed(tx, vault)
        els = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 5, "Els", None)
        joining = replace(await load(tx, vault, els), state=PersonState.JOINING, country="MA")
        await people.update_changed(tx, vault, [Changed(joining)], NOW)
        other = await programmes.create(tx, name="Other", kind="x", language="en", sides=[("A", None)], now=NOW)
        far = await add_person(tx, vault, other.id, other.sides[0].id, Role.TWIN, 6, "Far", "FR")
        known = [await load(tx, vault, person) for person in (cast.bintu, els, far)]
        alone = [(await facts.load(tx, vault, [person]))[person.id] for person in known]
        together = await facts.load(tx, vault, known)
        assert [together[person.id] for person in known] == alone
        return [found["programme.countries"] for found in alone]

    assert each_database.write(work) == [("BE", "NL", "SL"), ("BE", "NL", "SL"), ("FR",)]


def test_a_programme_is_ready_when_every_side_has_a_coordinator_who_joined(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[object]:
        cast = await seed(tx, vault)
        bintu = await load(tx, vault, cast.bintu)
        seen = [(await facts.load(tx, vault, [bintu]))[cast.bintu]["programme.ready"]]
        carla = replace(await load(tx, vault, cast.carla), state=PersonState.JOINING)
        await people.update_changed(tx, vault, [Changed(carla)], NOW)
        seen.append((await facts.load(tx, vault, [bintu]))[cast.bintu]["programme.ready"])
        return seen

    assert each_database.write(work) == [True, False]


def test_the_number_of_questions_does_not_grow_with_the_number_of_people(each_database: FreshDatabase) -> None:
    from sqlalchemy import event

    async def work(database: Database) -> list[int]:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            for number in range(20):
                await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 50 + number, "Somebody", "SL")
        counts = []
        async with database.read() as tx:
            known = [one.person for one in await people.of_programme(tx, vault, cast.programme)]
            for some in (known[:1], known):
                asked: list[str] = []

                def note(*arguments: object, asked: list[str] = asked) -> None:
                    asked.append(str(arguments[2]))

                event.listen(tx.sync_connection, "before_cursor_execute", note)
                await facts.load(tx, vault, some)
                event.remove(tx.sync_connection, "before_cursor_execute", note)
                counts.append(len(asked))
        return counts

    one, many = each_database.run(work)
    assert one == many <= 3 * len(set(facts.FACTS.values()))


def test_her_entries_are_hers_alone_newest_first_with_the_twin_of_their_pair(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> object:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        alone, paired = Place(cast.bintu, cast.programme, None), Place(cast.bintu, cast.programme, pair)
        other = Place(cast.doris, cast.programme, pair)
        recorded = RecordReflections(2, ("giving", "receiving"), "skill", "personal", "twin")
        await reflections.record(tx, [(alone, RecordReflections(1, ("giving",), "skill"))], NOW)
        await reflections.record(tx, [(paired, recorded), (other, recorded)], NOW + DAY)
        await reflections.set_words(tx, vault, [(other, SaveNote(2, "hers alone"))], NOW)
        known = [await load(tx, vault, person) for person in (cast.bintu, cast.doris, cast.aminata)]
        found = await facts.load(tx, vault, known, ["reflections"])
        both = ("giving", "receiving")
        assert found[cast.bintu]["reflections.own"] == (
            Entry(2, "2026-11-24", both, "skill", "personal", "twin", twin=cast.doris),
            Entry(1, "2026-11-23", ("giving",), "skill"),
        )
        assert found[cast.doris]["reflections.own"] == (
            Entry(2, "2026-11-24", both, "skill", "personal", "twin", "hers alone", twin=cast.bintu),
        )
        return found[cast.aminata]["reflections.own"]

    assert each_database.write(work) == ()


def test_no_word_of_balance_changes_with_what_the_partner_keeps_to_herself(each_database: FreshDatabase) -> None:
    """Whatever she writes, says, shares or feels: the text is the same, byte for byte."""

    async def work(tx: Transaction, vault: Vault) -> set[str]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        places = [Place(person, cast.programme, pair) for person in (cast.bintu, cast.doris)]
        for week in range(6):
            at = NOW + 7 * week * DAY
            for place in places:
                recorded = RecordReflections(week + 1, ("giving",), "skill")
                await reflections.record(tx, [(place, recorded)], at)
                answered = {"contact": "real", "flows": "gave", "kind": "skill", "feeling": "good"}
                check_in = RecordCheckIn(f"2026-W{40 + week}", week + 1, "answered", at, at, at, at, False, answered)
                await check_ins.record(tx, [(place, check_in)])
        bintu = await load(tx, vault, cast.bintu)
        speech, said = the_speech(), set()

        async def look() -> None:
            found = (await facts.load(tx, vault, [bintu], ["twin", "balance"]))[cast.bintu]
            text = balance_text(found, NOW + 40 * DAY)
            said.add(speech.text(text, "en", "UTC"))
            assert "flows both ways" in speech.text(text, "en", "UTC")

        await look()
        doris = places[1]
        for effect in (SaveNote(1, "I get nothing out of it"), SaveNote(1, None, "AwAC-voice"), SaveNote(99, "alone")):
            await reflections.set_words(tx, vault, [(doris, effect)], NOW)
            await look()
        for sharing in ("twin", "coordinators", "private"):
            await reflections.set_sharing(tx, [(cast.doris, 1, sharing)])
            await look()
        await reflections.record(tx, [(doris, RecordReflections(1, ("giving",), "skill", "personal", "twin"))], NOW)
        await look()
        for week, feeling in enumerate(("very_bad", "bad", "neutral", "good", "very_good")):
            at = NOW + 7 * week * DAY
            answered = {"contact": "real", "flows": "gave", "kind": "skill", "feeling": feeling}
            check_in = RecordCheckIn(f"2026-W{40 + week}", week + 1, "answered", at, at, at, at, False, answered)
            await check_ins.record(tx, [(doris, check_in)])
            await look()
        outward = RecordReflections(100, ("giving",), "inspiration", "personal", "colleagues")
        from_others = RecordReflections(101, ("receiving",), "inspiration", "personal", "community")
        passed_on = RecordReflections(102, ("passing_on",), "skill")
        await reflections.record(tx, [(doris, one) for one in (outward, from_others, passed_on)], NOW)
        await look()
        between = [RecordReflections(103 + n, (one,), "time") for n, one in enumerate(("giving", "receiving"))]
        await reflections.record(tx, [(doris, one) for one in between], NOW + 2 * DAY)
        await look()
        await flags.raise_many(tx, [flags.Flag(cast.doris, "quiet", cast.programme, "work", NOW)])
        await look()
        return said

    assert len(each_database.write(work)) == 1


def test_balance_is_made_of_this_pair_alone_and_both_see_the_same_from_their_side(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        before, now = (Place(cast.bintu, cast.programme, one) for one in (None, pair))
        await reflections.record(tx, [(before, RecordReflections(1, ("giving",), "skill"))], NOW)
        await reflections.record(tx, [(now, RecordReflections(2, ("giving",), "skill", towards="colleagues"))], NOW)
        known = [await load(tx, vault, person) for person in (cast.bintu, cast.doris, cast.aminata)]
        found = await facts.load(tx, vault, known, ["balance"])
        row = ("giving", "colleagues", "skill", "2026-11-23")
        assert found[cast.bintu]["balance.reports"] == (("me", *row),)
        assert found[cast.doris]["balance.reports"] == (("twin", *row),)
        assert found[cast.aminata] == {"balance.reports": (), "balance.answered": (), "balance.felt": None}

    each_database.write(work)


def test_coordinators_get_what_each_pair_noted_without_what_anybody_feels(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        before, now = (Place(cast.bintu, cast.programme, one) for one in (None, pair))
        await reflections.record(tx, [(before, RecordReflections(1, ("giving",), "skill"))], NOW)
        await reflections.record(tx, [(now, RecordReflections(2, ("giving",), "skill"))], NOW)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(3, "review", "equity", "twin_3"))], NOW + DAY)
        known = [await load(tx, vault, person) for person in (cast.bintu, cast.aminata)]
        found = await facts.load(tx, vault, known, ["balances"])
        noted = Report(str(cast.bintu), "giving", None, "skill", date(2026, 11, 23))
        expected = History(str(cast.bintu), str(cast.doris), (noted,))
        assert found[cast.aminata] == {"balances.pairs": {pair: expected}}
        assert found[cast.bintu] == {"balances.pairs": {}}, "twins have /balance"

    each_database.write(work)


def test_felt_equity_is_her_latest_of_this_pair_and_nobody_else_has_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)

        async def said(choice: str, session: int, at: datetime) -> object:
            await answers.save(tx, vault, [(cast.bintu, SaveAnswer(session, "review", "equity", choice))], at)
            known = [await load(tx, vault, person) for person in (cast.bintu, cast.doris)]
            found = await facts.load(tx, vault, known, ["balance"])
            assert found[cast.doris]["balance.felt"] is None
            return found[cast.bintu]["balance.felt"]

        assert await said("me_3", 1, NOW - DAY) is None, "of an earlier pair"
        assert await said("twin_2", 2, NOW + DAY) == (-2, "2026-11-24")
        assert await said("equal", 3, NOW + 3 * DAY) == (0, "2026-11-26")
        assert await said("me_1", 2, NOW + 2 * DAY) == (0, "2026-11-26"), "an earlier look back, corrected late"

    each_database.write(work)
