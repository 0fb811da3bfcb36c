"""Which interim transcripts are stable enough for an answer to begin."""

import pytest

from offhook.core.work_ahead import WorkAhead
from offhook.policies.work_ahead import SpeechLevel, StableInterim

PLAN = WorkAhead(stable=0.1, sentence=0.2, per_turn=2)


def speaking(plan: WorkAhead = PLAN) -> StableInterim:
    stable = StableInterim(plan)
    stable.silent(silent=False)
    return stable


@pytest.mark.parametrize(
    "text", ["What time is it?", "Book it.", "Yes!", 'She said "no".', "It is 20 %.", "今何時\uff1f"]
)
def test_a_sentence_that_does_not_change_is_stable(text: str) -> None:
    stable = speaking()
    stable.interim(text, 1.0)
    assert stable.deadline == 1.2
    assert (stable.due(1.1), stable.due(1.2), stable.due(1.3), stable.deadline) == (False, True, False, None)


@pytest.mark.parametrize("text", ["what time is it", "And then...", "Well,", "I mean…", "", "...", "?"])
def test_words_that_do_not_end_like_a_sentence_wait_for_silence(text: str) -> None:
    stable = speaking()
    stable.interim(text, 1.0)
    assert stable.deadline is None
    assert not stable.due(9.0)


def test_words_without_punctuation_are_stable_when_the_caller_is_silent() -> None:
    stable = speaking()
    stable.interim("what time is it", 1.0)
    stable.silent(silent=True)
    assert stable.deadline == 1.1
    assert stable.due(1.5)


def test_a_sentence_before_silence_waits_for_the_shorter_time() -> None:
    stable = StableInterim(WorkAhead(stable=0.3, sentence=0.2))
    stable.interim("Yes.", 1.0)
    assert stable.deadline == 1.2


def test_no_words_are_never_stable() -> None:
    stable = StableInterim(PLAN)
    stable.interim("  ", 1.0)
    assert stable.deadline is None


def test_more_words_start_the_time_again() -> None:
    stable = speaking()
    stable.interim("What time?", 1.0)
    stable.interim("What time is it?", 1.1)
    assert (stable.due(1.2), stable.due(1.3)) == (False, True)


def test_the_same_words_again_do_not_start_the_time_again() -> None:
    stable = speaking()
    for at in (1.0, 1.1, 1.15):
        stable.interim("What time is it? ", at)
    assert stable.due(1.2)


def test_the_same_words_for_ever_begin_one_answer() -> None:
    stable = speaking()
    begun = 0
    for tick in range(1000):
        stable.interim("Yes.", tick / 10)
        begun += stable.due(tick / 10)
    assert begun == 1


def test_words_that_come_back_begin_again() -> None:
    stable = speaking()
    for at, text in ((1.0, "Yes."), (2.0, "Yes, I"), (3.0, "Yes.")):
        stable.interim(text, at)
        assert stable.due(at + 0.5) is text.endswith(".")


def test_a_turn_has_a_limit_and_the_next_turn_starts_again() -> None:
    stable = speaking()
    begun = []
    for at, text in enumerate(["One.", "One two.", "One two three."]):
        stable.interim(text, at)
        begun.append(stable.due(at + 0.5))
    assert begun == [True, True, False]
    stable.final()
    stable.end_turn()
    stable.interim("Four.", 9.0)
    assert stable.due(9.5)


def test_after_the_final_transcript_nothing_is_stable() -> None:
    stable = StableInterim(PLAN)
    stable.interim("Yes.", 1.0)
    stable.final()
    assert stable.deadline is None
    assert not stable.due(9.0)


def test_a_pause_after_a_sentence_counts_like_silence() -> None:
    stable = speaking()
    for text, deadline in (("what time is it", None), ("What time is it?", 1.1)):
        stable.interim(text, 1.0)
        stable.pausing(pauses=True)
        assert stable.deadline == deadline
    stable.pausing(pauses=False)
    assert stable.deadline == 1.2


def test_a_tenth_of_a_second_at_a_low_level_is_a_pause() -> None:
    level = SpeechLevel()
    heard = [2000, 1800, 150, 100, 100, 1900, 30]
    assert [level.pauses(one, 0.05) for one in heard] == [False, False, False, True, True, False, False]


def test_noise_hides_pauses_and_a_loud_sound_is_forgotten() -> None:
    level = SpeechLevel()
    assert not any(level.pauses(one, 0.05) for one in [2000, 400, 400, 400, 400])
    assert level.pauses(30_000, 0.05) is False
    assert [level.pauses(2000, 1.0) for _ in range(3)] == [True, False, False]
