"""The tables in PostgreSQL are made and migrated; a database that cannot be used says why, without its password."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.postgres_server import PASSWORD, PostgresServer

from offhook.core.errors import JournalError
from offhook.core.postgres_address import parse_postgres
from offhook.journal.place import open_calls
from offhook.journal.postgres.connect import connect, explained
from offhook.journal.postgres.schema import STEPS, check_version, prepare

from .shipping import read, ship, whole_call, write

pytestmark = pytest.mark.slow


def prepared(database: str, *, steps: tuple[str, ...] = STEPS, times: int = 1) -> None:
    address = parse_postgres(database)

    async def one() -> None:
        connection = await connect(address)
        try:
            with explained(address):
                await prepare(connection, address, steps)
        finally:
            connection.terminate()

    async def run() -> None:
        await asyncio.gather(*(one() for _ in range(times)))

    asyncio.run(run())


def name_of(database: str) -> str:
    return database.rpartition("/")[2]


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(JournalError) as refused:
        attempt()
    assert PASSWORD not in str(refused.value)
    return str(refused.value)


def test_workers_that_start_at_once_make_the_tables_once(database: str) -> None:
    prepared(database, times=5)
    with open_calls(parse_postgres(database)) as reader:
        assert reader.calls() == []


def test_a_later_version_is_reached_with_all_records_and_refused_by_the_earlier_one(
    tmp_path: Path, database: str
) -> None:
    path = tmp_path / "journal.db"
    write(path, whole_call("AJ_1"))
    ship(path, database)
    prepared(
        database, steps=(*STEPS, "ALTER TABLE offhook.calls ADD COLUMN more text; CREATE TABLE offhook.new (n int)")
    )
    newer = refusal(lambda: prepared(database))
    assert "written by a newer offhook (version 2, this offhook knows up to 1); upgrade offhook" in newer
    assert "written by a newer offhook" in refusal(lambda: read(database, "AJ_1"))
    assert ship(path, database).progress.working is False


@pytest.mark.parametrize("version", range(len(STEPS)))
def test_each_version_becomes_the_newest(database: str, version: int) -> None:
    prepared(database, steps=STEPS[:version])
    prepared(database)
    assert read(database, "AJ_1") == []


def test_a_journal_of_an_older_version_is_not_read(database: str) -> None:
    address = parse_postgres(database)
    prepared(database)

    async def check() -> None:
        await check_version(await connect(address), address, len(STEPS) + 1)

    assert "was written by an older offhook" in refusal(lambda: asyncio.run(check()))


def test_a_migration_that_fails_changes_nothing(postgres: PostgresServer, database: str) -> None:
    prepared(database)
    assert "answers with an error" in refusal(
        lambda: prepared(database, steps=(*STEPS, "CREATE TABLE offhook.new (n int); SELECT 1 / 0"))
    )
    query = "SELECT version, to_regclass('offhook.new') FROM offhook.journal_version"
    assert postgres.run(query, name_of(database)) == "1|"


def test_tables_of_another_program_are_left_alone(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    postgres.run("CREATE SCHEMA offhook; CREATE TABLE offhook.records (mine text)", name_of(database))
    for attempt in (lambda: prepared(database), lambda: read(database, "AJ_1")):
        assert "the schema offhook in" in refusal(attempt)
        assert "belongs to another program (it has records); use another database" in refusal(attempt)
    assert postgres.run("SELECT count(*) FROM offhook.records", name_of(database)) == "0"


def test_tables_of_the_same_name_elsewhere_do_no_harm(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    postgres.run("CREATE TABLE records (mine text); CREATE TABLE calls (mine text)", name_of(database))
    write(tmp_path / "journal.db", whole_call("AJ_1"))
    ship(tmp_path / "journal.db", database)
    assert read(database, "AJ_1") == whole_call("AJ_1")
    assert postgres.run("SELECT count(*) FROM public.records", name_of(database)) == "0"


def test_a_user_with_few_rights_ships_into_a_schema_of_its_own_and_another_one_only_reads(
    postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    write(tmp_path / "journal.db", whole_call("AJ_1"))
    names = {role: f"{role}_{name_of(database)}" for role in ("writer", "reader")}
    addresses = {role: postgres.address(name_of(database), user=name) for role, name in names.items()}
    for name in names.values():
        postgres.run(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    try:
        assert ship(tmp_path / "journal.db", addresses["writer"]).progress.working is False
        assert "CREATE SCHEMA offhook AUTHORIZATION" in refusal(lambda: prepared(addresses["writer"]))
        postgres.run(f"CREATE SCHEMA offhook AUTHORIZATION {names['writer']}", name_of(database))
        ship(tmp_path / "journal.db", addresses["writer"])
        assert "GRANT USAGE ON SCHEMA offhook" in refusal(lambda: read(addresses["reader"], "AJ_1"))
        grants = "GRANT USAGE ON SCHEMA offhook TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA offhook TO {0}"
        postgres.run(grants.format(names["reader"]), name_of(database))
        assert read(addresses["reader"], "AJ_1") == whole_call("AJ_1")
    finally:
        for name in names.values():
            postgres.run(f"DROP OWNED BY {name} CASCADE", name_of(database))
            postgres.run(f"DROP ROLE {name}")


def test_the_password_can_be_left_out_of_the_address(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(database)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert read(database.replace(f":{PASSWORD}", ""), "AJ_1") == []


def test_a_database_without_a_journal_says_so(database: str) -> None:
    assert "a worker with OFFHOOK_POSTGRES ships its calls there" in refusal(lambda: read(database, "AJ_1"))


def test_a_database_that_does_not_have_every_character_is_refused(postgres: PostgresServer) -> None:
    with postgres.database("ENCODING LATIN1 TEMPLATE template0") as latin:
        assert "has the encoding LATIN1" in refusal(lambda: prepared(latin))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda server, _: server.address("postgres", password="wrong-4711"), "refuses the user or the password"),
        (lambda server, _: server.address("postgres", user="nobody"), "refuses the user or the password"),
        (lambda server, _: server.address("missing"), "does not exist on this server; create the database"),
        (lambda _server, _: f"postgresql://a:{PASSWORD}@127.0.0.1:1/db", "cannot be reached"),
        (lambda _server, _: f"postgresql://a:{PASSWORD}@no.such.host.invalid/db", "cannot be reached"),
        (lambda server, _: server.address("postgres") + "?sslmode=sometimes", "correct the address"),
        (lambda server, _: server.address("postgres") + "?sslmode=require", "cannot be reached"),
        (lambda server, _: server.address("postgres") + "?no_such_option=1", "answers with an error"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_to_do(
    postgres: PostgresServer, wrong: Callable[[PostgresServer, object], str], says: str
) -> None:
    told = refusal(lambda: prepared(wrong(postgres, None)))
    assert says in told
    assert "4711" not in told


def test_a_missing_package_says_what_to_install(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    assert refusal(lambda: read(database, "AJ_1")).endswith("install it with: pip install 'offhook[postgres]'")


async def test_reading_does_not_stop_an_event_loop(database: str) -> None:
    assert "asyncio.to_thread" in refusal(lambda: read(database, "AJ_1"))


def test_a_server_that_goes_away_while_somebody_reads_is_named(postgres: PostgresServer, database: str) -> None:
    prepared(database)
    with open_calls(parse_postgres(database)) as reader:
        postgres.stop()
        told = refusal(reader.calls)
    postgres.start()
    assert "cannot be reached" in told or "cannot be used" in told
