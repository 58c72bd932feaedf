from __future__ import annotations

import asyncio
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage import meta, migrations
from storage.database import Database
from storage.errors import UnsuitableDatabase
from storage.schema import metadata
from tests.databases import FreshDatabase, PostgresServer, test_vault


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
    )
    return list(compare_metadata(context, metadata))


def _written(connection: Connection) -> dict[str, str]:
    """Every table and index as the database itself writes it down, white space and order of clauses aside."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        found = {row.name: row.sql for row in connection.execute(text(query))}
    else:
        indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        constraints = (
            "SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        )
        columns = (
            "SELECT table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable, column_default)"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
        found = {
            name: sql for query in (indexes, constraints, columns) for name, sql in connection.execute(text(query))
        }
    return {name: _in_any_order(sql) for name, sql in found.items()}


def _in_any_order(statement: str) -> str:
    words = " ".join(statement.split())
    if not words.startswith("CREATE TABLE"):
        return words
    head, _, body = words.partition("(")
    return head + " | ".join(sorted(part.strip() for part in body.rpartition(")")[0].split(", ")))


def _upgraded(connection: Connection) -> Connection:
    """Through every migration, as a database that is older than the schema goes."""
    migrations.upgrade(connection)
    return connection


def test_migrations_from_empty_equal_the_schema(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[object]:
        async with database.write() as tx:
            return await tx.run_sync(lambda connection: _differences(_upgraded(connection)))

    assert empty_database.run(work) == []


def test_the_comparison_sees_a_difference(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> tuple[int, int]:
        await migrations.migrate(database)
        async with database.write() as tx:
            await tx.execute(text("DROP INDEX ix_outbox_order"))
            await tx.execute(text("ALTER TABLE people ADD COLUMN shoe_size INTEGER"))
        async with database.read() as tx:
            return len(await tx.run_sync(_differences)), "ix_outbox_order" in await tx.run_sync(_written)

    assert empty_database.run(work) == (2, False)


def test_a_new_database_and_a_migrated_one_are_the_same_in_the_database_s_own_words(
    empty_database: FreshDatabase, each_database: FreshDatabase
) -> None:
    """Alembic compares neither partial conditions nor `ON DELETE`; the databases' own words do."""
    if each_database.kind != empty_database.kind:
        return  # the other combination of the two fixtures compares like with like

    async def migrated(database: Database) -> dict[str, str]:
        async with database.write() as tx:
            return await tx.run_sync(lambda connection: _written(_upgraded(connection)))

    async def new(database: Database) -> dict[str, str]:
        async with database.read() as tx:
            return await tx.run_sync(_written)

    assert empty_database.run(migrated) == each_database.run(new)


def test_a_table_of_somebody_else_s_is_left_alone(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> object:
        async with database.write() as tx:
            await tx.execute(text("CREATE TABLE people (shoe_size INTEGER)"))
        with pytest.raises(DBAPIError, match="people"):
            await migrations.migrate(database)
        return await migrations.current(database)

    assert empty_database.run(work) is None


def test_every_constraint_has_a_name_by_the_convention(each_database: FreshDatabase) -> None:
    def names(connection: Connection) -> list[str | None]:
        inspector = inspect(connection)
        found: list[str | None] = []
        for table in inspector.get_table_names():
            if table == "alembic_version":
                continue
            primary = inspector.get_pk_constraint(table)["name"]
            if primary is not None or connection.dialect.name != "sqlite":  # SQLite does not reflect an inline name
                found.append(primary)
            found += [key["name"] for key in inspector.get_foreign_keys(table)]
            found += [index["name"] for index in inspector.get_indexes(table)]
        return found

    async def work(database: Database) -> list[str | None]:
        async with database.read() as tx:
            return await tx.run_sync(names)

    found = each_database.run(work)
    assert len(found) > 50
    assert [name for name in found if name is None or not re.match(r"(pk|fk|ix|uq)_", name)] == []


def test_an_empty_database_says_what_is_pending_and_migrating_again_does_nothing(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> tuple[object, ...]:
        before = (await migrations.current(database), await migrations.pending(database))
        ran = await migrations.migrate(database)
        after = (
            await migrations.current(database),
            await migrations.pending(database),
            await migrations.migrate(database),
        )
        return (*before, ran, *after)

    newest = migrations.NEWEST
    before, pending, ran, now, left, again = empty_database.run(work)
    assert before is None
    assert pending == ran
    assert now == newest
    assert left == again == ()


def test_two_processes_that_migrate_at_once_both_end_well(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> str | None:
        other = await Database.open(empty_database.url, test_vault())
        await asyncio.gather(migrations.migrate(database), migrations.migrate(other))
        await other.close()
        return await migrations.current(database)

    assert empty_database.run(work) == migrations.NEWEST


def test_a_database_of_a_newer_program_is_refused(empty_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await migrations.migrate(database)
        async with database.write() as tx:
            await tx.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
        await migrations.pending(database)

    with pytest.raises(UnsuitableDatabase, match="9999_from_the_future"):
        empty_database.run(work)


@pytest.mark.postgres
def test_a_database_given_back_is_empty_for_the_next_test(postgres_server: PostgresServer) -> None:
    url = postgres_server.take()
    database = FreshDatabase("postgresql", url)
    database.write(lambda tx, _: meta.put(tx, "left", "over"))
    postgres_server.give_back(url)
    assert postgres_server.take() == url
    assert database.write(lambda tx, _: meta.get(tx, "left")) is None
    postgres_server.give_back(url)


def test_the_newest_revision_is_the_one_that_the_files_end_with() -> None:
    scripts = ScriptDirectory.from_config(migrations._configuration())
    assert scripts.get_current_head() == migrations.NEWEST
