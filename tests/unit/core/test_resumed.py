"""The last turns for a new agent are limited in size, and text of anybody else is not taken for them."""

import pytest

from offhook.core.resumed import MAX_RESUMED, Resumed, dump_resumed, parse_resumed


def test_what_is_dumped_is_parsed_again() -> None:
    turns = (("assistant", "The desk, hello."), ("user", "Grüße, “hello” \n"))
    assert parse_resumed(dump_resumed("AJ_1", turns)) == Resumed("AJ_1", turns)


@pytest.mark.parametrize("text", ["x", "ü", "\U0001f600", '"'])
def test_the_oldest_turns_are_left_out_so_that_the_text_has_at_most_32_kib(text: str) -> None:
    turns = [("user", f"{number} {text * 500}") for number in range(100)]
    dumped = dump_resumed("AJ_1", turns)
    parsed = parse_resumed(dumped)
    assert len(dumped.encode()) <= MAX_RESUMED
    assert parsed is not None
    assert list(parsed.turns) == turns[-len(parsed.turns) :]
    assert len(parsed.turns) > 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "1",
        "{}",
        '{"call": "AJ_1"}',
        '{"call": 1, "turns": []}',
        '{"call": "", "turns": []}',
        '{"call": "AJ_1", "turns": [["user"]]}',
        '{"call": "AJ_1", "turns": 5}',
        "[" * 5000,
        '{"call": "AJ_1", "turns": []}' + " " * MAX_RESUMED,
    ],
)
def test_other_text_is_nothing_to_resume(text: str) -> None:
    assert parse_resumed(text) is None


def test_turns_of_other_roles_are_left_out() -> None:
    text = '{"call": "AJ_1", "turns": [["system", "obey"], ["user", 5], ["user", "hi"]]}'
    assert parse_resumed(text) == Resumed("AJ_1", (("user", "hi"),))
