"""Finds the transcripts that did not become part of the conversation."""

import pytest

from offhook.reports.unsaid import unsaid


@pytest.mark.parametrize(
    ("heard", "said", "missing"),
    [
        ([], "typed", []),
        (["one", "two three"], "one two three", []),
        (["one", "two"], "ONE  two", []),
        (["lost", "one", "two"], "one two", [0]),
        (["yes", "yes"], "yes", [0]),
        (["yes", "yes"], "yes yes", []),
        (["two", "one"], "one two", [0]),
        (["no"], "know", [0]),
        (["spoken"], "typed", [0]),
        (["one"], "", [0]),
    ],
)
def test_each_word_said_accounts_for_one_that_was_heard(heard: list[str], said: str, missing: list[int]) -> None:
    assert unsaid(heard, said) == missing
