"""The benchmark of the talk page finds the turns, the cut-ins and the answers in what the page heard."""

import numpy as np
import pytest
from bench.page_turns import BETWEEN, FIRST, Answer, Blocks, answers, first_sound, spoken_turns

from offhook.core.errors import OffhookError
from offhook.testing.speech import RATE

STEP = 128 / RATE
TURNS = spoken_turns(2)


def blocks(*agent: tuple[float, float]) -> Blocks:
    """The blocks of a call in which the agent is audible in these spans; the caller speaks the turns."""
    seconds = FIRST + sum(len(pcm) / RATE + BETWEEN for _, pcm in TURNS)
    times = np.arange(0, seconds, STEP)
    found = np.column_stack((times, np.zeros(len(times)), np.zeros(len(times))))
    for number, (_, pcm) in enumerate(TURNS):
        for at in np.flatnonzero((times >= began(number)) & (times < ended(number))):
            first = round((times[at] - began(number)) * RATE)
            found[at, 1] = np.abs(pcm[first : first + 128].astype(np.int32)).max(initial=0) / 32768
    for first, last in agent:
        found[(times >= first) & (times < last), 2] = 0.5
    return found


def began(number: int) -> float:
    return FIRST + sum(len(pcm) / RATE + BETWEEN for _, pcm in TURNS[:number])


def ended(number: int) -> float:
    return began(number) + len(TURNS[number][1]) / RATE


def test_an_answer_is_timed_from_the_last_sample_of_the_turn() -> None:
    found = answers(blocks((1, 3), (ended(0) + 0.5, ended(0) + 3), (ended(1) + 0.7, ended(1) + 3)), TURNS)
    assert [one.paused for one in found] == [0.0, 0.3]
    assert [one.seconds for one in found] == [pytest.approx(0.5, abs=0.01), pytest.approx(0.7, abs=0.01)]


def test_the_agent_that_speaks_before_the_turn_has_ended_cuts_in() -> None:
    found = answers(blocks((ended(1) - 0.8, ended(1) + 1)), TURNS)
    assert found == [Answer(0.0, cut_in=False, seconds=None), Answer(0.3, cut_in=True, seconds=None)]


def test_a_turn_that_the_microphone_did_not_play_is_an_error() -> None:
    heard = blocks()
    heard[heard[:, 0] > began(1), 1] = 0.0
    with pytest.raises(OffhookError, match="recorded 1 turns, but the file has 2"):
        answers(heard, TURNS)


def test_the_greeting_is_the_first_sound_of_the_agent() -> None:
    assert first_sound(blocks((1.5, 3))) == pytest.approx(1.5, abs=0.01)
    assert first_sound(blocks()) is None
