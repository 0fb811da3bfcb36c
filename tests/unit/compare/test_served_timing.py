"""Calls in which offhook's longer wait at the end of a turn changes what LiveKit does next, without harm."""

import pytest

from .parts import assert_no_harm


@pytest.mark.slow
def test_calls_in_which_livekit_delivers_a_result_later_or_prepares_an_answer_twice_have_no_harm() -> None:
    assert_no_harm(2000490, 4000030, 4000465)
