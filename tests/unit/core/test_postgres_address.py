"""The address of a database is read, and its password is never shown."""

import re

import pytest

from offhook.core.postgres_address import names_postgres, parse_postgres


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ann:pa%40ss@db.example:5433/calls?sslmode=require", "postgresql://db.example:5433/calls"),
        ("postgres://ann@[::1]:5432/calls", "postgresql://[::1]:5432/calls"),
        ("postgresql://one:5432,two/calls", "postgresql://one:5432,two/calls"),
        ("postgresql:///calls?host=/run/postgresql&password=hush-hush", "postgresql:///calls"),
        ("postgresql://[::1]/calls", "postgresql://[::1]/calls"),
    ],
)
def test_only_host_and_database_are_shown(text: str, shown: str) -> None:
    address = parse_postgres(text)
    assert (address.dsn, address.shown, "hush" in repr(address)) == (text, shown, False)
    assert names_postgres(text)


@pytest.mark.parametrize(
    "text",
    ["postgresql://ann:pa%40ss@host/db", "postgresql://host/db?password=pa%40ss", "postgresql://ann:pa%40ss@host"],
)
def test_the_password_is_hidden_in_a_text_of_others(text: str) -> None:
    assert parse_postgres(text).hide(f"no entry for {text} with pa@ss") == "no entry for (hidden) with (hidden)"


def test_a_password_of_three_letters_does_not_make_texts_unreadable() -> None:
    assert parse_postgres("postgresql://ann:a@host/db").hide("a user has no access") == "a user has no access"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mysql://ann:hush@host/db", "is not the address of a PostgreSQL database; write postgresql://user:password@"),
        ("postgresql:/host/hush", "is not the address"),
        ("hush", "is not the address"),
        ("postgresql://ann:hu/sh@host/db", "has an @ / ? or # in the password"),
        ("postgresql://ann:hu@sh/hush@host/db", "has an @ / ? or # in the password"),
        ("postgresql://ann:hu?sh@host/db", "has an @ / ? or # in the password"),
        ("postgresql://ann:hu#sh@host/db", "has an @ / ? or # in the password"),
        ("postgresql://ann@host/db#hush", "has a #; write it as %23"),
        ("postgresql://ann:hush@host:http/db", "has a port that is not a number from 1 to 65535"),
        ("postgresql://ann:hush@one,two:70000/db", "has a port that is not a number from 1 to 65535"),
        ("postgresql://ann:hush@[::1/db", "has a host that cannot be read"),
    ],
)
def test_another_text_is_refused_without_being_quoted(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as refused:
        parse_postgres(text)
    assert "hush" not in str(refused.value)


def test_a_path_is_no_address() -> None:
    assert not names_postgres("calls/postgresql.db")
    assert names_postgres("POSTGRESQL:/host/db")
