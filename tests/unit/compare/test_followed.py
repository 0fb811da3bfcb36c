"""A follower changes nothing in a healthy call, and sees all of it."""

from itertools import islice

import pytest

from offhook.testing.compare import CallSpec, TurnSpec, calls, compare_all, play, written
from offhook.testing.compare.spec import Models

PARTS: list[tuple[Models, int, int]] = [
    *(("told", first, first + 25) for first in range(200, 400, 25)),
    ("wires", 8, 12),
    ("realtime", 8, 12),
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
    part = islice(calls(1, end, models), first, None)
    wrong = [one for one in compare_all(part, workers=1, follow=True) if not one.same]
    assert not wrong, "\n".join(f"{written(one.spec)}: {[*map(str, one.found[:1])] or one.crash}" for one in wrong)
