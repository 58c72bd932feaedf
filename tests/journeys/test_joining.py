"""From an empty database to the check-in of next week, with the commands that an operator runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot import opening
from bot.rehearsal.state import commands_for
from storage import inbox, invitations, meta, schema
from tests.journeys.players import ANSWERED, CAST, DAY, REAL_EXCHANGE
from tests.journeys.stage import LIVE, TOKEN, Journey, World, gather

pytestmark = pytest.mark.journey

PLAYERS = CAST[:4]
FATMATA, ANNEKE = PLAYERS[0], PLAYERS[1]


def test_a_programme_is_set_up_by_commands_joined_paired_checked_in_and_asked_again_next_week(
    empty_world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        programme = await answered(
            journey.world, "programme", "new", "Midwives", "--side", "Freetown", "--side", "Utrecht", "--country", "SL",
            "--country", "NL", "--kind", "professional", "--language", "en", "--count", "2", "--json",
        )  # fmt: skip
        assert set(programme) == {"programme", "links"}
        assert programme["programme"] == "Midwives"
        assert [(link["side"], link["role"]) for link in programme["links"]] == [
            (side, role) for side in ("Freetown", "Utrecht") for role in ("coordinator", "twin", "twin")
        ]
        for link in programme["links"]:
            assert set(link) == {"side", "role", "start", "url", "token"}
            assert link["start"] == f"/start {link['token']}"
            assert link["url"] == f"https://t.me/journey_twinbot?start={link['token']}"
        more = await answered(
            journey.world, "programme", "invite", "Midwives", "--side", "Utrecht", "--role", "twin", "--json"
        )
        assert [(link["side"], link["role"]) for link in more["links"]] == [("Utrecht", "twin")]

        tokens = {(link["side"], link["role"]): link["token"] for link in programme["links"]}
        await gather(journey.joins(player, tokens[player.side, player.role]) for player in PLAYERS)
        await journey.settled()
        told = await answered(journey.world, "programme", "people", "--json")
        assert all(set(one) == {"id", "role", "side", "telegram_id", "state"} for one in told)
        assert {(one["telegram_id"], one["role"], one["side"], one["state"]) for one in told} == {
            (player.chat, player.role, player.side, "active") for player in PLAYERS
        }
        ids = {one["telegram_id"]: str(one["id"]) for one in told}
        paired = await answered(journey.world, "programme", "pair", ids[FATMATA.chat], ids[ANNEKE.chat], "--json")
        assert paired["ready"] is True
        twice = await journey.world.command("programme", "pair", ids[FATMATA.chat], ids[ANNEKE.chat])
        assert (twice.code, len(twice.err.strip().splitlines())) == (2, 1)
        await gather(journey.says(player.chat, "You have a twin: ") for player in (FATMATA, ANNEKE))  # type: ignore[misc]
        await gather(journey.checks_in(player.chat) for player in (FATMATA, ANNEKE))
        await journey.settled()
        for player in (FATMATA, ANNEKE):
            assert await journey.answers(player.chat) == ANSWERED

    empty_world.play(scene, argv=LIVE)

    async def next_week(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await journey.move(8 * DAY)
        for player in (FATMATA, ANNEKE):
            assert len(journey.prompts(player.chat, since)) in (1, 2)
            await journey.taps(player.chat, *REAL_EXCHANGE)
            await journey.says(player.chat, "Done, thank you.", journey.asked(player.chat, "ask_feeling").id)  # type: ignore[union-attr]
            assert len(await journey.check_ins(player.chat)) >= 2

    _make_rehearsal(empty_world)
    empty_world.play(next_week)


async def answered(world: World, *arguments: str) -> Any:
    """What a command answers in JSON; it must succeed."""
    said = await world.command(*arguments, TELEGRAM_TOKEN=TOKEN)
    assert said.code == 0, said.err
    return json.loads(said.out)


def _make_rehearsal(world: World) -> None:
    """The same database under a clock that can be moved."""
    import asyncio

    from storage.database import Database
    from tests.databases import test_vault

    async def marked() -> None:
        database = await Database.open(world.url, test_vault())
        async with database.write() as tx:
            await meta.put(tx, opening.KIND, opening.REHEARSAL)
        await database.close()

    asyncio.run(marked())


def test_wrong_used_expired_and_foreign_invitations_explain_themselves(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        now = journey.moment()
        other = await programmes.create(journey.database, programmes.Plan("Town halls", ("Ghent", "Accra")), now)
        mine = await programmes.invite(journey.database, "Midwives", ("Utrecht",), None, 1, now)
        token = {link.role: link.token for link in mine.links}
        for chat, name in ((901, "Nobody"), (902, "Second"), (903, "Late")):
            journey.room.add_phone(chat, name, "en")

        journey.write(901, "/start")
        await journey.says(901, "I am Twinbot.")
        journey.room.open_link(901, "no-such-invitation")
        await journey.says(901, "I do not know this invitation.")
        journey.room.open_link(101, other.links[1].token)
        await journey.says(101, "another programme")
        journey.room.open_link(101, token["twin"])
        await journey.says(101, "You are in already.")

        journey.room.open_link(902, token["twin"])
        await journey.is_asked(902, "ask_consent")
        journey.room.open_link(901, token["twin"])
        await journey.says(901, "was used already")

        journey.kill(stay_down=True)
        await journey.is_down()
        journey.room.jump(61 * DAY)
        journey.restart()
        await journey.started()
        journey.room.open_link(903, token["coordinator"])
        await journey.says(903, "too old")
        await journey.settled()
        known = {one.telegram_id for one in await journey.people()}
        assert not known & {901, 903}, "nothing is kept of strangers"

    world.play(scene)


def test_who_refuses_is_forgotten_whole_and_her_invitation_is_free_again(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Utrecht",), None, 1, journey.moment())
        token = invited.links[1].token
        journey.room.add_phone(905, "Unsure", "en")
        journey.room.open_link(905, token)
        await journey.is_asked(905, "ask_consent")
        await journey.settled()
        person = await journey.person(905)
        journey.tap(905, "ask_consent", "No, thank you")
        await journey.says(905, "Nothing was kept.")
        await journey.settled()
        for table in schema.metadata.sorted_tables:
            left = [row for row in await journey.rows(table) if row.get("person_id") == person]
            assert not left, table.name
        assert person not in {row["id"] for row in await journey.rows(schema.people)}
        async with journey.database.read() as tx:
            found = await invitations.lookup(tx, token)
        assert found is not None
        assert found.used_by is None
        journey.room.open_link(905, token)
        await journey.is_asked(905, "ask_consent", above=journey.received(905)[-1].id - 1)

    world.play(scene)


def test_commands_in_the_middle_of_joining_are_answered_and_joining_goes_on(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
        journey.room.add_phone(906, "Mariama", "en")
        journey.room.open_link(906, invited.links[1].token)
        await journey.taps(906, ("ask_consent", "I agree"))
        await journey.says(906, "What shall we call you?")
        for command, words in (
            ("/help", "getting to know each other"),
            ("/checkin", "finish what we began"),
            ("/pause", "Nothing is planned yet"),
            ("/resume", "finish what we began"),
            ("/start", "What shall we call you?"),
        ):
            await journey.says(906, words, journey.write(906, command))
            await journey.settled()
        after = journey.write(906, "Mariama")
        await journey.is_asked(906, "ask_country", after)
        journey.tap(906, "ask_country", journey.asked(906, "ask_country").buttons[0][0].text)  # type: ignore[union-attr]
        await journey.taps(906, ("ask_time_right", "Yes"), ("ask_day", "Tuesday"), ("ask_hour", "10:00"))
        await journey.says(906, "You are in, Mariama.")
        async with journey.database.read() as tx:
            assert await inbox.count_pending(tx) == 0

    world.play(scene)


def test_until_she_is_in_another_invitation_takes_the_place_of_the_wrong_one(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        now = journey.moment()
        invited = await programmes.invite(journey.database, "Midwives", (), None, 2, now)
        links = {(link.side, link.role): link.token for link in invited.links}
        same = next(link.token for link in invited.links if (link.side, link.role) == ("Utrecht", "twin"))
        journey.room.add_phone(907, "Hawa", "nl")
        journey.room.open_link(907, same)
        await journey.taps(907, ("ask_consent", "Ik ga akkoord"))
        asked = await journey.says(907, "Hoe mogen we je noemen?")
        journey.room.open_link(907, links["Utrecht", "twin"])  # a second letter for the same place
        await journey.says(907, "Hoe mogen we je noemen?", asked.id)
        await journey.says(907, "Ik ken deze uitnodiging niet", journey.write(907, "/start cut-off"))
        before = journey.write(
            907, f"Hier is je link: https://t.me/journey_twinbot?start={links['Freetown', 'coordinator']}"
        )
        await journey.says(907, "Welkom bij Midwives (Freetown).", before)
        await journey.settled()
        (hawa,) = [one.person for one in await journey.people() if one.telegram_id == 907]
        assert hawa.role == "coordinator"
        assert hawa.id not in {row["person_id"] for row in await journey.rows(schema.consents)}, "she has to agree anew"
        async with journey.database.read() as tx:
            first = await invitations.lookup(tx, same)
        assert first is not None
        assert first.used_by is None, "whoever it was meant for can still join"
        await journey.taps(907, ("ask_consent", "Ik ga akkoord"))
        await journey.says(907, "Hoe mogen we je noemen?", before)
        journey.write(907, "Hawa")
        await journey.taps(907, ("ask_country", "Sierra Leone"), ("ask_time_right", "Ja"))
        await journey.says(907, "als coördinator van Freetown")

    world.play(scene)


def test_somebody_whose_phone_is_arabic_joins_in_arabic_and_types_its_digits(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
        journey.room.add_phone(908, "Khadija", "ar-MA")
        (token,) = (link.token for link in invited.links if link.role == "twin")
        journey.room.open_link(908, token)
        await journey.is_asked(908, "ask_consent")
        for typed, then in (
            ("اوافق", "بأي اسم نناديك؟"),
            ("خديجة", "سعدت بمعرفتك، \u2068خديجة\u2069."),
            ("المغرب", "الساعة عندك الآن"),
            ("١", "في أي يوم يمكنني سؤالك"),
            ("٥", "في أي ساعة من اليوم؟"),
            ("٢", "حين يكون لك توأم أسألك يوم الجمعة على الساعة \u206809:00\u2069"),
        ):
            await journey.says(908, then, journey.write(908, typed))
        await journey.settled()
        (khadija,) = [one.person for one in await journey.people() if one.telegram_id == 908]
        assert (khadija.language, khadija.country, khadija.zone) == ("ar", "MA", "Africa/Casablanca")
        shown = {one["command"]: one["description"] for one in commands_for(journey.room.room, journey.phone(908))}
        assert shown["balance"] == "كيف حال الأخذ والعطاء"

    world.play(scene)
