"""A goodbye in the agent's words is recognised."""

import pytest

from offhook.core.goodbye_words import sounds_like_goodbye


@pytest.mark.parametrize(
    "said",
    ["Goodbye!", "Thanks for calling, bye.", "Auf Wiedersehen", "Au revoir et merci", "Thank you for calling us."],
)
def test_a_goodbye_is_one(said: str) -> None:
    assert sounds_like_goodbye(said, "Thank you for calling.")


@pytest.mark.parametrize("said", ["", "  ", "One moment.", "I will end the call for you.", "The bylaws say so."])
def test_other_words_are_not(said: str) -> None:
    assert not sounds_like_goodbye(said, "Thank you for calling, see you soon.")


def test_nothing_planned_is_like_nothing() -> None:
    assert not sounds_like_goodbye("One moment.", "")
