"""The outbox: what is kept of a message, and what becomes of it when it is settled, withdrawn or too old."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from flows.effects import Lane
from storage import outbox
from storage.claims import Claimed
from storage.database import Transaction
from storage.encryption import Vault
from storage.outbox import Message, Outgoing, Settled, State
from storage.schema import outbox as table
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, MINUTE, NOW, SECOND, outgoing, seed
from tests.storage.sending import HOLDER, claim, mark_sent, states_in, texts_of


def test_a_message_comes_out_as_it_went_in(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Claimed]:
        cast = await seed(tx, vault)
        row = Outgoing(
            key="p1/s3/ask_contact",
            person=cast.bintu,
            chat=1002,
            lane=Lane.PROMPT,
            message=Message(
                "send", "Kushɛ, أهلا \N{WAVING HAND SIGN}", ((("Yes", "s3|a|1"), ("No", "s3|a|2")),), silent=True
            ),
            not_before=NOW,
            valid_until=NOW + DAY,
            quiet="21:00-08:00 Africa/Freetown",
            prompt_session=3,
            anchor="p1/s3/ask_contact",
        )
        await outbox.insert(tx, vault, [row], NOW)
        claimed = await claim(tx, vault)
        assert [
            Outgoing(
                one.key,
                one.person,
                one.chat,
                one.lane,
                one.message,
                one.not_before,
                one.valid_until,
                one.quiet,
                one.prompt_session,
                one.anchor,
            )
            for one in claimed
        ] == [row]
        return claimed

    assert each_database.write(work)[0].attempts == 0


def test_a_broadcast_whose_lease_ran_out_becomes_unknown_instead(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, lane=Lane.BULK)], NOW)
        await claim(tx, vault)
        await outbox.release_stale(tx, NOW + MINUTE)
        return len(await claim(tx, vault, now=NOW + MINUTE)), await states_in(tx)

    assert each_database.write(work) == (0, [("unknown", "unanswered", False)])


def test_a_late_answer_that_it_was_sent_is_believed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2, lane=Lane.BULK), outgoing(3)], NOW)
        claimed = await claim(tx, vault)
        await outbox.release_stale(tx, NOW + MINUTE)
        await mark_sent(tx, [row for row in claimed if row.chat == 1])
        # but that it failed is not: it may be under way in other hands by now
        last = [Settled(row.id, State.FAILED, reason="no") for row in claimed if row.chat == 3]
        await outbox.settle(tx, last, HOLDER)
        await mark_sent(tx, [row for row in claimed if row.chat == 2])
        return [state for state, _, _ in await states_in(tx)]

    assert each_database.write(work) == ["sent", "sent", "waiting"]


def test_the_words_of_what_is_settled_are_wiped_and_its_times_stay(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[object, ...]:
        await outbox.insert(tx, vault, [outgoing(1)], NOW)
        await mark_sent(tx, await claim(tx, vault), at=NOW + SECOND)
        row = (await tx.execute(select(table.c.body, table.c.sent_at, table.c.created_at, table.c.claimed_by))).one()
        return tuple(row)

    assert each_database.write(work) == (None, NOW + SECOND, NOW, None)


def test_withdrawing_takes_back_prompts_and_only_hers_and_only_unsent_ones(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        cast = await seed(tx, vault)
        await outbox.insert(tx, vault, [outgoing(1, person=cast.bintu, lane=Lane.PROMPT, valid_until=NOW + DAY)], NOW)
        await claim(tx, vault)
        rows = [
            outgoing(1, person=cast.bintu, lane=Lane.PROMPT, valid_until=NOW + DAY),
            outgoing(1, person=cast.bintu),
            outgoing(1, "words of her twin, held back by the night", person=cast.bintu, lane=Lane.PROMPT),
            outgoing(2, person=cast.doris, lane=Lane.PROMPT, valid_until=NOW + DAY),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        await outbox.withdraw_prompts(tx, [cast.bintu])
        return [state for state, _, _ in await states_in(tx)]

    assert each_database.write(work) == ["claimed", "withdrawn", "waiting", "waiting", "waiting"]


def test_the_same_key_is_one_row(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(1, "one", key="k"), outgoing(2, "no key"), outgoing(3, "no key")], NOW)
        await outbox.insert(tx, vault, [outgoing(1, "other", key="k")], NOW)
        return texts_of(await claim(tx, vault))

    assert each_database.write(work) == ["one", "no key", "no key"]


def test_an_anchor_finds_the_latest_message_sent(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        await outbox.insert(
            tx, vault, [outgoing(7, "question", anchor="p1/s1/a"), outgoing(7, "again", anchor="p1/s1/a")], NOW
        )
        first = await claim(tx, vault)
        assert await outbox.message_of(tx, ["p1/s1/a"]) == {}
        await mark_sent(tx, first)
        second = await claim(tx, vault)
        await mark_sent(tx, second, NOW + SECOND)
        found = await outbox.message_of(tx, ["p1/s1/a", "p1/s1/never"])
        return found == {"p1/s1/a": (7, 9000 + second[0].id)}

    assert each_database.write(work)


def test_a_body_that_can_not_be_read_fails_alone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, "good"), outgoing(2, "bad")], NOW)
        swapped = vault.seal_text("outbox.body", "somewhere else", "{}")
        await tx.execute(table.update().where(table.c.chat_id == 2).values(body=swapped))
        return texts_of(await claim(tx, vault)), await states_in(tx)

    assert each_database.write(work) == (
        ["good"],
        [("claimed", None, True), ("failed", "Unreadable", False)],
    )


def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, list[str]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2, not_before=NOW + DAY)], NOW)
        await mark_sent(tx, await claim(tx, vault))
        return await outbox.purge(tx, NOW + SECOND), [state for state, _, _ in await states_in(tx)]

    assert each_database.write(work) == (1, ["waiting"])


def test_what_waits_for_somebody_who_is_out_of_reach_is_kept_for_her_but_no_broadcast(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[tuple[str, str | None, bool]]]:
        cast = await seed(tx, vault)
        hers = outgoing(1)._replace(person=cast.bintu)
        rows = [
            hers._replace(receipt=(cast.doris, 7)),
            hers,
            hers._replace(lane=Lane.BULK),
            outgoing(1),
            outgoing(2),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        assert [one.receipt for one in await outbox.shut(tx, 1, "blocked")] == [(cast.doris, 7)]
        assert await outbox.shut(tx, 1, "blocked") == [], "told once"
        shut = await states_in(tx)
        await outbox.insert(
            tx,
            vault,
            [hers._replace(lane=Lane.PROMPT, anchor="p1/s1/ask", valid_until=NOW + DAY, not_before=outbox.PARKED)],
            NOW,
        )
        await outbox.bring_back(tx, [cast.bintu], NOW)
        return [shut, await states_in(tx)]

    given_up = ("failed", "blocked", False)
    shut = [("waiting", None, True)] * 2 + [given_up] * 2 + [("waiting", None, True)]
    assert each_database.write(work) == [shut, [*shut, ("withdrawn", "asked anew", False)]]


def test_a_pause_told_by_the_platform_survives_a_restart(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, datetime]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2)], NOW)
        claimed = await claim(tx, vault)
        reasons = ("flooded", "other")
        results = [
            Settled(row.id, State.WAITING, retry_at=NOW + MINUTE, reason=reason)
            for row, reason in zip(claimed, reasons, strict=True)
        ]
        await outbox.settle(tx, results, HOLDER)
        assert await outbox.resting(tx, "flooded", NOW + MINUTE) == []
        return await outbox.resting(tx, "flooded", NOW)

    assert each_database.write(work) == [(1, NOW + MINUTE)]
