"""docs/roles.md says what the code does: roles, codes, and the lifetimes of tokens."""

import re
from typing import get_args

from offhook.core.commands import ROLES
from offhook.core.errors import CommandCode
from offhook.room.commands import BURST, MAX_COMMANDS, RATE
from offhook.tokens.commands import LEEWAY, MAX_LIFE

from .pages import DOCS

TEXT = (DOCS / "roles.md").read_text(encoding="utf-8")


def test_every_code_in_the_table_of_refusals_exists() -> None:
    table = TEXT.partition("## What is refused")[2].partition("\n\nThe journal")[0]
    codes = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert set(codes) <= set(get_args(CommandCode))
    assert set(codes) >= {"unsigned", "expired", "clock", "elsewhere", "forbidden", "too_many"}


def test_numbers_are_those_of_the_code() -> None:
    assert f"or its lifetime is over {MAX_LIFE:g} s" in TEXT
    assert f"more than {LEEWAY:g} s in the future" in TEXT
    assert f"more than {RATE:g} requests in a second ({BURST:g} at once), or {MAX_COMMANDS:,} commands" in TEXT


def test_every_role_is_explained() -> None:
    assert [role for role in ROLES if f"`{role}`" not in TEXT.partition("<!-- table: end -->")[2]] == []
