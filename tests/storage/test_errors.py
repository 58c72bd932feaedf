from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from flows.effects import SaveAnswer
from flows.people import Role
from storage import answers, inbox, meta, people
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.errors import KeysError, Trouble, Unreadable, UnsuitableDatabase, kind_of, refuses_for_good
from storage.inbox import Arrived
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import NOW, seed


@pytest.mark.postgres
def test_a_nul_byte_is_a_data_error_and_the_rest_goes_through(postgres_database: FreshDatabase) -> None:
    async def work(database: Database) -> set[str]:
        keys = ["update/1", "update/\0", "update/3"]
        with pytest.raises(DBAPIError) as raised:
            async with database.write() as tx:
                await inbox.add_keys(tx, [Arrived(key) for key in keys], NOW)
        assert kind_of(raised.value) is Trouble.DATA
        for key in keys:
            try:
                async with database.write() as tx:
                    await inbox.add_keys(tx, [Arrived(key)], NOW)
            except Exception as error:
                assert kind_of(error) is Trouble.DATA
        async with database.read() as tx:
            return await inbox.known(tx, [keys[0], keys[2]])

    assert postgres_database.run(work) == {"update/1", "update/3"}


def test_a_nul_byte_in_somebodys_words_is_stored_like_any_other(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> str | None:
        cast = await seed(tx, vault)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(1, "f", "k", words="a\0b"))], NOW)
        return (await answers.of_people(tx, vault, [cast.bintu]))[0].words

    assert each_database.write(work) == "a\0b"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO meta (key, value) VALUES ('a', NULL)",
        "INSERT INTO answers (person_id, session, key, flow, answered_at) VALUES (999, 1, 'k', 'f', 0)",
    ],
    ids=["something missing", "somebody who does not exist"],
)
def test_a_row_that_does_not_fit_is_a_data_error(each_database: FreshDatabase, statement: str) -> None:
    async def work(tx: Transaction, _vault: Vault) -> None:
        await tx.execute(text(statement))

    with pytest.raises(DBAPIError) as raised:
        each_database.write(work)
    assert kind_of(raised.value) is Trouble.DATA


@pytest.mark.parametrize("words", ["\ud800", 2**80], ids=["half a character", "a number without end"])
def test_a_value_that_can_not_be_bound_is_a_data_error(each_database: FreshDatabase, words: object) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        if isinstance(words, str):
            await answers.save(tx, vault, [(cast.bintu, SaveAnswer(1, "f", "k", words=words))], NOW)
        else:
            await answers.save(tx, vault, [(cast.bintu, SaveAnswer(int(str(words)), "f", "k", "c"))], NOW)

    with pytest.raises(Exception) as raised:
        each_database.write(work)
    assert kind_of(raised.value) is Trouble.DATA


def test_a_chat_that_joined_meanwhile_is_a_conflict(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await people.insert(
            tx, programme=cast.programme, side=cast.sides[0], role=Role.TWIN, telegram_id=1001, language="en", now=NOW
        )

    with pytest.raises(DBAPIError) as raised:
        each_database.write(work)
    assert kind_of(raised.value) is Trouble.CONFLICT


@pytest.mark.postgres
def test_a_deadlock_is_a_conflict(postgres_database: FreshDatabase) -> None:
    both = asyncio.Barrier(2)

    async def turn(database: Database, first: str, second: str) -> Trouble | None:
        try:
            async with database.write() as tx:
                await meta.put(tx, first, "x")
                await both.wait()
                await meta.put(tx, second, "x")
        except Exception as error:
            return kind_of(error)
        return None

    async def work(database: Database) -> set[Trouble | None]:
        async with database.write() as tx:
            await meta.put(tx, "a", "x")
            await meta.put(tx, "b", "x")
        return set(await asyncio.gather(turn(database, "a", "b"), turn(database, "b", "a")))

    assert postgres_database.run(work) == {None, Trouble.CONFLICT}


def test_a_database_that_was_never_migrated_is_of_the_surroundings(empty_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> None:
        await meta.put(tx, "a", "b")

    with pytest.raises(DBAPIError) as raised:
        empty_database.write(work)
    assert kind_of(raised.value) is Trouble.SURROUNDINGS


def test_a_database_locked_by_others_is_of_the_surroundings(
    sqlite_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0)
    other = sqlite3.connect(tmp_path / "twinbot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError) as raised:
        sqlite_database.write(lambda tx, _: meta.put(tx, "a", "b"))
    other.execute("ROLLBACK")
    other.close()
    assert kind_of(raised.value) is Trouble.SURROUNDINGS
    sqlite_database.write(lambda tx, _: meta.put(tx, "a", "b"))


def test_a_full_disk_is_of_the_surroundings(sqlite_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> None:
        await tx.execute(text("PRAGMA max_page_count = 1"))  # SQLite raises it to what is in use
        await meta.put(tx, "big", "x" * 1_000_000)

    with pytest.raises(DBAPIError) as raised:
        sqlite_database.write(work)
    assert kind_of(raised.value) is Trouble.SURROUNDINGS


def test_an_unreachable_server_is_of_the_surroundings() -> None:
    async def work() -> None:
        database = await Database.open("postgresql://nobody@127.0.0.1:1/nowhere", test_vault())
        await database.ping()

    with pytest.raises(DBAPIError) as raised:
        asyncio.run(work())
    assert kind_of(raised.value) is Trouble.SURROUNDINGS


@pytest.mark.postgres
def test_a_connection_that_was_cut_is_of_the_surroundings_and_the_next_one_works(
    postgres_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(DBAPIError) as raised:
            async with database.write() as tx, database.write() as executioner:
                victim = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                await executioner.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": victim})
                await meta.put(tx, "a", "b")
        assert kind_of(raised.value) is Trouble.SURROUNDINGS
        async with database.write() as tx:
            await meta.put(tx, "a", "b")

    postgres_database.run(work)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), Trouble.SURROUNDINGS),
        (sqlite3.OperationalError("disk I/O error"), Trouble.SURROUNDINGS),
        (ValueError("of one row"), Trouble.DATA),
        (Unreadable("of one row"), Trouble.DATA),
        (KeysError("of all rows"), Trouble.SURROUNDINGS),
        (RuntimeError("a mistake of ours must not stop everybody"), Trouble.DATA),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_from_elsewhere_have_a_kind_too(error: Exception, kind: Trouble) -> None:
    assert kind_of(error) is kind


def test_an_error_never_quotes_what_was_to_be_stored(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> None:
        await tx.execute(text("INSERT INTO meta (key, value) VALUES (:a, :b)"), {"a": "Rhabarber", "b": None})

    with pytest.raises(DBAPIError) as raised:
        each_database.write(work)
    assert "parameters hidden" in str(raised.value)
    assert each_database.kind == "postgresql" or "Rhabarber" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "twinbot.db",
        "mysql://host/name",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+asyncpg://user:secret@host/name",
    ],
)
def test_an_address_that_is_none_is_one_sentence_without_a_password(url: str) -> None:
    with pytest.raises(UnsuitableDatabase) as raised:
        asyncio.run(Database.open(url, test_vault()))
    assert "secret" not in str(raised.value)
    assert str(raised.value).startswith("DATABASE_URL")


def test_a_directory_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnsuitableDatabase, match="can not be used"):
        asyncio.run(Database.open(f"sqlite:///{tmp_path}/file/twinbot.db", test_vault()))


@pytest.mark.postgres
def test_a_database_that_the_server_does_not_have_is_refused_for_good(postgres_database: FreshDatabase) -> None:
    async def asked() -> str | None:
        parts = make_url(postgres_database.url).set(database="nowhere")
        database = await Database.open(parts.render_as_string(hide_password=False), test_vault())
        try:
            with pytest.raises(DBAPIError) as raised:
                await database.ping()
        finally:
            await database.close()
        return refuses_for_good(raised.value)

    assert asyncio.run(asked()) == 'database "nowhere" does not exist'


def test_a_server_that_is_not_there_may_come_back() -> None:
    async def asked() -> str | None:
        database = await Database.open("postgresql://127.0.0.1:1/twinbot", test_vault())
        try:
            with pytest.raises(DBAPIError) as raised:
                await database.ping()
        finally:
            await database.close()
        return refuses_for_good(raised.value)

    assert asyncio.run(asked()) is None
