"""A follower changes nothing in a healthy call, and sees all of it."""

import pytest

from offhook.testing.compare import CallSpec, TurnSpec, play
from offhook.testing.compare.spec import Models

from .parts import differing

PARTS: list[tuple[Models, int, int]] = [
    *(("told", first, first + 20) for first in range(200, 240, 20)),
    ("wires", 8, 9),
    ("realtime", 8, 9),
]
"""The models, and the first call and the end of a part of all calls."""


def test_a_follower_sees_every_record_of_the_call_in_order() -> None:
    played = play(CallSpec(turns=(TurnSpec(), TurnSpec())), "ours", follow=True)
    numbers = [one.seq for one in played.records]
    assert list(played.followed) == numbers[: len(played.followed)]
    names = {one.name for one in played.records if one.seq in played.followed}
    assert {"Connected", "CallerFound", "MessageCommitted", "AgentStateChanged"} <= names


@pytest.mark.slow
@pytest.mark.parametrize(("models", "first", "end"), PARTS)
def test_a_healthy_call_with_a_follower_is_the_same_call(models: Models, first: int, end: int) -> None:
    assert differing(models, first, end, follow=True) == []
