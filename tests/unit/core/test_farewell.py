"""A goodbye is known when it is heard."""

import pytest

from offhook.core.farewell import said_goodbye


@pytest.mark.parametrize(
    "said",
    ["Goodbye!", "Thanks for calling, bye.", "Auf Wiedersehen", "Au revoir et merci", "Thank you for calling us."],
)
def test_a_goodbye_is_one(said: str) -> None:
    assert said_goodbye(said, "Thank you for calling.")


@pytest.mark.parametrize("said", ["", "  ", "One moment.", "I will end the call for you.", "The bylaws say so."])
def test_other_words_are_not(said: str) -> None:
    assert not said_goodbye(said, "Thank you for calling, see you soon.")


def test_nothing_planned_is_like_nothing() -> None:
    assert not said_goodbye("One moment.", "")
