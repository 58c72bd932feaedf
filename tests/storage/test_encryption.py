from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import CompileError, StatementError

from storage import meta, outbox, people
from storage.database import Database, Transaction
from storage.encryption import (
    Ciphertext,
    Key,
    Vault,
    load_keys,
    new_key,
    parse_keys,
)
from storage.errors import KeysError, Trouble, UnknownKey, Unreadable, UnsuitableDatabase, kind_of
from storage.schema import people as table
from tests.databases import KEY, FreshDatabase, test_vault
from tests.storage.seeding import NOW, outgoing, seed

OLD, NEW = new_key("old"), new_key("new")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_as_it_was(words: str) -> None:
    vault = test_vault()
    assert vault.open_text("people.name", 17, vault.seal_text("people.name", 17, words)) == words


def test_the_same_words_never_look_the_same() -> None:
    vault = test_vault()
    assert vault.seal_text("people.name", 17, "Bintu") != vault.seal_text("people.name", 17, "Bintu")


@pytest.mark.parametrize(("column", "row"), [("people.name", 18), ("answers.words", 17), ("people.name", "17/1")])
def test_a_value_moved_to_another_row_or_column_does_not_open(column: str, row: int | str) -> None:
    vault = test_vault()
    sealed = vault.seal_text("people.name", 17, "Bintu")
    with pytest.raises(Unreadable, match=column):
        vault.open_text(column, row, sealed)


@pytest.mark.parametrize("position", [0, 1, 3, 10, 25, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    vault = test_vault()
    sealed = bytearray(vault.seal_text("people.name", 17, "Bintu"))
    sealed[position] ^= 1
    with pytest.raises((Unreadable, UnknownKey)):
        vault.open_text("people.name", 17, Ciphertext(sealed))


@pytest.mark.parametrize("length", [0, 1, 5, 12])
def test_a_torn_value_is_an_error_with_a_name(length: int) -> None:
    vault = test_vault()
    sealed = vault.seal_text("people.name", 17, "Bintu")
    with pytest.raises((Unreadable, UnknownKey)):
        vault.open_text("people.name", 17, Ciphertext(sealed[:length]))


def test_a_value_of_an_older_key_opens_and_new_ones_take_the_newest() -> None:
    before, during, after = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
    sealed = before.seal_text("people.name", 17, "Bintu")
    assert during.open_text("people.name", 17, sealed) == "Bintu"
    assert not sealed.startswith(Vault.header(during.newest))
    anew = during.seal_text("people.name", 17, "Bintu")
    assert anew.startswith(Vault.header(during.newest))
    assert after.open_text("people.name", 17, anew) == "Bintu"
    with pytest.raises(UnknownKey, match=r"'old'.*SECRET_KEYS"):
        after.open_text("people.name", 17, sealed)


def test_another_key_of_the_same_id_is_told_apart() -> None:
    sealed = Vault([new_key("k1")]).seal_text("people.name", 17, "Bintu")
    with pytest.raises(Unreadable, match="another one of the same id"):
        Vault([new_key("k1")]).open_text("people.name", 17, sealed)


def test_a_short_value_costs_about_forty_bytes() -> None:
    assert len(Vault([new_key("k1")]).seal_text("people.name", 17, "")) == 2 + 2 + 12 + 16


# -- keys ----------------------------------------------------------------------------------------------------------


def test_keys_are_read_as_they_are_written() -> None:
    written = f"# newest first\n{NEW.text()} ,\n  {OLD.text()}  # of last year"
    assert parse_keys(written) == (NEW, OLD)


@pytest.mark.parametrize(
    "wrong", ["", "#", "secret", "k1:", "k1:!!!!", "k1:c2hvcnQ", "a b:wxyz!", f"k 1:{KEY.text()[5:]}"]
)
def test_what_is_no_key_is_refused_without_being_quoted(wrong: str) -> None:
    with pytest.raises(KeysError) as raised:
        parse_keys(wrong)
    secret = wrong.partition(":")[2]
    assert not secret or secret not in str(raised.value)


def test_a_key_shows_its_secret_nowhere() -> None:
    secret = OLD.text().partition(":")[2]
    assert secret not in f"{OLD!r} {OLD} {Vault([OLD])!r}"
    assert str(OLD.secret) not in repr(OLD)


def test_two_keys_of_one_id_are_refused() -> None:
    with pytest.raises(KeysError, match="same id"):
        Vault([OLD, Key("old", bytes(32))])


def test_the_key_file_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "somewhere" / "keys"
    first = load_keys(file=path)
    assert first.created
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = load_keys(file=path)
    assert not again.created
    assert again.keys == first.keys
    assert [entry.name for entry in path.parent.iterdir()] == ["keys"]


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    loaded = load_keys(OLD.text(), tmp_path / "keys")
    assert (loaded.keys, loaded.file, loaded.created) == ((OLD,), None, False)
    assert not (tmp_path / "keys").exists()


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    load_keys(file=path)
    path.chmod(0o644)
    with pytest.raises(KeysError, match="chmod 600"):
        load_keys(file=path)
    path.chmod(0o600)
    assert load_keys(file=path).keys


def test_a_key_file_in_an_impossible_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysError, match="Set SECRET_KEYS"):
        load_keys(file=tmp_path / "file" / "keys")


# -- in the database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", ["Bintu", b"Bintu"])
def test_plain_words_are_refused_by_an_encrypted_column(each_database: FreshDatabase, plain: object) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await tx.execute(table.update().where(table.c.id == cast.bintu).values(name=plain))

    with pytest.raises(StatementError, match="takes a Ciphertext") as raised:
        each_database.write(work)
    assert isinstance(raised.value.orig, TypeError)
    assert "Bintu" not in str(raised.value)
    assert kind_of(raised.value) is Trouble.DATA


def test_plain_words_are_refused_as_a_literal_too() -> None:
    with pytest.raises(CompileError):
        table.insert().values(name="Bintu").compile(compile_kwargs={"literal_binds": True})


def test_the_canary_sings_for_the_right_keys_only(each_database: FreshDatabase) -> None:
    async def check(database: Database) -> None:
        async with database.write() as tx:
            await meta.check_canary(tx, database.vault)

    async def with_keys(database: Database, *keys: Key) -> None:
        async with database.write() as tx:
            await meta.check_canary(tx, Vault(keys))

    each_database.run(check)
    each_database.run(check)
    with pytest.raises(UnsuitableDatabase, match="'test'"):
        each_database.run(lambda database: with_keys(database, NEW))
    with pytest.raises(UnsuitableDatabase, match="'test'"):
        each_database.run(lambda database: with_keys(database, new_key("test")))
    # a newer key beside it is welcome; from then on both are needed
    each_database.run(lambda database: with_keys(database, NEW, *parse_keys(_test_key())))
    each_database.run(check_needs_new := lambda database: with_keys(database, *parse_keys(_test_key()), NEW))
    with pytest.raises(UnsuitableDatabase, match="'new'"):
        each_database.run(check)
    each_database.run(check_needs_new)


def _test_key() -> str:

    return KEY.text()


def test_words_stand_nowhere_in_the_files(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    """Also not of deleted and settled rows, and not in the write-ahead log."""
    word = "Rhabarberkuchen"

    def files() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))

    async def work(database: Database) -> bytes:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            person = (await people.load_locked(tx, vault, [cast.bintu]))[0].person
            renamed = person.__class__(**{name: getattr(person, name) for name in person.__slots__} | {"name": word})
            await people.update_changed(tx, vault, [people.Changed(renamed)], NOW)
            await outbox.insert(tx, vault, [outgoing(1, word)], NOW)
            await tx.execute(text("INSERT INTO meta (key, value) VALUES ('control', 'stands-in-the-clear')"))
        async with database.read() as tx:
            loaded = await people.of_programme(tx, vault, cast.programme)
        assert word in [one.person.name for one in loaded]
        return await asyncio.to_thread(files)

    found = sqlite_database.run(work)
    assert b"stands-in-the-clear" in found
    assert word.encode() not in found
    assert word.encode() not in files()


def test_the_database_file_is_for_this_user_alone(tmp_path: Path) -> None:
    async def work() -> None:
        database = await Database.open(f"sqlite:///{tmp_path}/new/twinbot.db", test_vault())
        await database.ping()
        await database.close()

    asyncio.run(work())
    assert stat.S_IMODE((tmp_path / "new" / "twinbot.db").stat().st_mode) == 0o600
