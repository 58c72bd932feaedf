from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.effects import SaveAnswer
from flows.people import FOR_COORDINATORS, OpenProposal, PairId, PersonId, PersonState, Profile, Role
from storage import answers, facts, pair_answers, pairs, people, programmes
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import Refused
from storage.pair_answers import PairAnswer
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW, Cast, add_person, load, seed


async def propose(tx: Transaction, cast: Cast) -> int:
    return await pairs.propose(tx, cast.programme, cast.bintu, cast.doris, cast.aminata, NOW)


def test_offered_is_who_joined_as_a_twin_of_the_programme_can_be_reached_and_has_no_pair(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> dict[str, bool]:
        cast = await seed(tx, vault)
        names = ("Joining", "Away", "Paused", "Paired", "Asked", "Parted")
        added = [
            await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 50 + n, name, "SL")
            for n, name in enumerate(names)
        ]
        joining, away, paused, paired, asked, parted = [await load(tx, vault, one) for one in added]
        changed = (
            replace(joining, state=PersonState.JOINING),
            replace(away, unreachable_since=NOW),
            replace(paused, state=PersonState.PAUSED),
        )
        await people.update_changed(tx, vault, [Changed(one) for one in changed], NOW)
        others = [
            await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 70 + n, f"Other {n}", "NL")
            for n in range(3)
        ]
        await pairs.create(tx, vault, paired.id, others[0], NOW)
        await pairs.propose(tx, cast.programme, asked.id, others[1], cast.aminata, NOW)
        over = await pairs.create(tx, vault, parted.id, others[2], NOW)
        await pairs.change(tx, [(over, {"state": "ended", "ended_at": NOW, "ended_because": "left"})])
        far = await programmes.create(tx, name="Far", kind="x", language="en", sides=[("A", None)], now=NOW)
        await add_person(tx, vault, far.id, far.sides[0].id, Role.TWIN, 90, "Stranger", "FR")
        found = (await pairs.candidates(tx, vault, [cast.programme]))[cast.programme]
        return {one.name: one.paused for one in found}

    found = each_database.write(work)
    assert found == {"Bintu": False, "Doris": False, "Paused": True, "Parted": False, "Other 2": False}


def test_of_who_can_be_paired_the_choices_of_her_profile_are_known_and_since_when_she_waits(
    each_database: FreshDatabase,
) -> None:
    later = NOW + timedelta(days=9)

    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        told = (
            (cast.bintu, SaveAnswer(1, "about_me", "languages", "en", None), NOW),
            (cast.bintu, SaveAnswer(2, "about_me", "languages", "en,fr", None), later),
            (cast.bintu, SaveAnswer(3, "profile", "unsuitable", None, "nights"), later),
            (cast.bintu, SaveAnswer(4, "outlook", "hours", "from_1", None), later),
        )
        for person, answer, at in told:
            await answers.save(tx, vault, [(person, answer)], at)
        over = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await pairs.change(tx, [(over, {"state": "ended", "ended_at": later, "ended_because": "left"})])
        carla, bintu = [await load(tx, vault, one) for one in (cast.carla, cast.bintu)]
        found = await facts.load(tx, vault, [carla, bintu])
        twins = found[cast.carla]["candidates.twins"]
        assert isinstance(twins, tuple)
        known = {one.name: one for one in twins}
        assert known["Bintu"].profile == Profile(languages=frozenset({"en", "fr"}))
        assert known["Doris"].profile is None
        assert known["Bintu"].waiting_since == later
        assert found[cast.bintu]["waiting.since"] == later
        assert found[cast.carla]["waiting.since"] is None, "a coordinator waits for nobody"
        await propose(tx, cast)
        assert (await facts.load(tx, vault, [bintu]))[cast.bintu]["waiting.since"] is None

    each_database.write(work)


def test_a_proposed_pair_is_no_pair_yet_and_both_know_the_other_one(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await propose(tx, cast)
        bintu, doris, carla = [await load(tx, vault, one) for one in (cast.bintu, cast.doris, cast.carla)]
        found = await facts.load(tx, vault, [bintu, doris, carla])
        assert found[cast.bintu]["twin.id"] is None
        assert found[cast.bintu]["agreement.quiet_days"] is None
        own = {name: value for name, value in found[cast.bintu].items() if name.startswith("together.")}
        assert own == {
            "together.pair": pair,
            "together.state": "proposed",
            "together.since": NOW,
            "together.partner": cast.doris,
            "together.partner_name": "Doris",
            "together.partner_side": "Breda",
            "together.partner_country": "BE",
            "together.partner_zone": "Africa/Freetown",
            "together.mine": {},
            "together.theirs": {},
            "together.coordinators": (cast.aminata, cast.carla),
            "together.goals": (),
        }
        assert found[cast.doris]["together.partner"] == cast.bintu
        assert found[cast.carla]["together.pair"] is None
        assert found[cast.carla]["candidates.twins"] == ()
        waiting = OpenProposal(PairId(pair), (cast.bintu, cast.doris), ())
        assert found[cast.carla]["candidates.proposals"] == (waiting,)
        assert found[cast.bintu]["candidates.proposals"] == (), "twins see no proposals of others"

    each_database.write(work)


def test_who_has_seen_a_proposal_is_known(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[PersonId, ...]:
        cast = await seed(tx, vault)
        pair = PairId(await propose(tx, cast))
        await pair_answers.save(tx, vault, [PairAnswer(pair, cast.doris, "proposal", "shown", None, NOW)])
        (waiting,) = (await pairs.proposals(tx, [cast.programme]))[cast.programme]
        assert set(waiting.twins) == {cast.bintu, cast.doris}
        return tuple(one for one in waiting.shown if one != cast.doris)

    assert each_database.write(work) == ()


def test_the_partner_never_learns_a_reason(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = PairId(await propose(tx, cast))
        said = [
            PairAnswer(pair, cast.bintu, "proposal", "decline", None, NOW),
            PairAnswer(pair, cast.bintu, FOR_COORDINATORS, "somebody_else", None, NOW),
            PairAnswer(pair, cast.bintu, "call_me", None, "Bibi", NOW),
        ]
        await pair_answers.save(tx, vault, said)
        twins = [await load(tx, vault, one) for one in (cast.bintu, cast.doris)]
        found = await facts.load(tx, vault, twins)
        assert "somebody_else" not in repr(found[cast.doris])
        assert "somebody_else" in repr(found[cast.bintu]["together.mine"]), "her own answer is hers"
        assert found[cast.doris]["together.theirs"]["call_me"].words == "Bibi"  # type: ignore[index]

    each_database.write(work)


def test_what_was_agreed_is_known_of_an_active_pair_only(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[object]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        person = await load(tx, vault, cast.doris)
        seen: list[object] = []
        for change in ({}, {"cadence": "monthly", "quiet_days": 60}, {"state": "ended"}):
            await pairs.change(tx, [(pair, change)] if change else [])
            known = (await facts.load(tx, vault, [person], ["twin"]))[cast.doris]
            seen += [known["agreement.cadence"], known["agreement.quiet_days"]]
        return seen

    assert each_database.write(work) == [None, None, "monthly", 60, None, None]


def test_a_twin_who_is_being_asked_can_not_be_paired_by_command(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await propose(tx, cast)
        third = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 50, "Els", "NL")
        with pytest.raises(Refused, match="is being asked already"):
            await pairs.create(tx, vault, cast.bintu, third, NOW)

    each_database.write(work)


def test_locked_are_the_open_pairs_of_people_and_for_pairing_all_that_wait(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await propose(tx, cast)
        assert await pairs.lock(tx, [cast.bintu]) == {pair}
        assert await pairs.lock(tx, [], [1004]) == {pair}, "Doris, by her chat"
        assert await pairs.lock(tx, [cast.carla]) == set()
        assert await pairs.lock(tx, [cast.carla], whole_programme=True) == {pair}
        await pairs.change(tx, [(PairId(pair), {"state": "lapsed"})])
        assert await pairs.lock(tx, [cast.bintu], whole_programme=True) == set()

    each_database.write(work)
