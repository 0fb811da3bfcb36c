"""The settings of barge-in are possible values; backchannels and questions are recognised."""

import pytest

from offhook.core.backchannel_words import may_become_backchannel, sounds_like_backchannel
from offhook.core.barge_in import BargeIn
from offhook.core.errors import PlanError
from offhook.core.question import just_asked


@pytest.mark.parametrize("name", ["wait_for_words", "max_pause", "max_noise"])
@pytest.mark.parametrize("value", [0, -1, 61, float("nan"), float("inf"), "2"])
def test_times_are_possible_times(name: str, value: object) -> None:
    with pytest.raises(PlanError, match=rf"^BargeIn\({name}=.*\): give seconds, at least [0-9.]+ and at most [0-9]+$"):
        BargeIn(**{name: value})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("words", ["mhm", ["mhm"], (1,)])
def test_own_backchannels_are_a_tuple_of_words(words: object) -> None:
    with pytest.raises(PlanError, match=r"give a tuple of words"):
        BargeIn(backchannels=words)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("word", ["", " ", "Mhm"])
def test_own_backchannels_are_in_lower_case(word: str) -> None:
    with pytest.raises(PlanError, match=r"give words in lower case"):
        BargeIn(backchannels=("okay", word))


def test_own_backchannels_may_be_none_at_all() -> None:
    assert BargeIn(backchannels=()).backchannels == ()


@pytest.mark.parametrize(
    "text",
    [
        "Mhm.",
        "Mm-hmm",
        "uh-huh",
        "uh huh",
        "Hmmm",
        "Okay",
        "Yeah, right",
        "I see.",
        "oh okay, got it",
        "D\u2019accord",
        "ja genau",
        "Sí, claro",
        "Va bene",
        "[laughter]",
        "(laughs) yeah",
        "…",
    ],
)
def test_a_sign_of_listening_is_a_backchannel(text: str) -> None:
    assert sounds_like_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "no",
        "No no",
        "stop",
        "wait",
        "hold on",
        "yes please",
        "yeah but",
        "oh no",
        "hello",
        "Monday",
        "nein",
        "yeah yeah yeah yeah yeah",
    ],
)
def test_a_turn_of_the_caller_is_none(text: str) -> None:
    assert not sounds_like_backchannel(text)


@pytest.mark.parametrize("text", ["I", "got", "okay I", "that's", "mhm", "of"])
def test_the_begin_of_a_phrase_may_become_a_backchannel(text: str) -> None:
    assert may_become_backchannel(text)


@pytest.mark.parametrize("text", ["", "I want", "no", "I see the I", "okay okay okay okay I"])
def test_other_begins_do_not(text: str) -> None:
    assert not may_become_backchannel(text)


def test_own_words_replace_the_built_in_ones() -> None:
    assert sounds_like_backchannel("Roger, over", ("roger", "over"))
    assert not sounds_like_backchannel("okay", ("roger", "over"))


LINE = "Do you want the table? " + "It is in the garden, beside the old tree, and it is free from six to eleven. " * 3


@pytest.mark.parametrize(("share", "asked"), [(0.0, True), (0.05, True), (0.2, True), (0.6, False), (1.0, False)])
def test_a_question_can_be_answered_for_some_seconds(share: float, asked: bool) -> None:
    assert just_asked(LINE, 20 * share, 20.0) is asked


def test_a_question_can_be_answered_before_its_end() -> None:
    line = LINE[23:] + "Is that right?"
    assert just_asked(line, 19.0, 20.0)
    assert not just_asked(line, 10.0, 20.0)


def test_without_audio_any_question_counts() -> None:
    assert just_asked(LINE, 0.0, 0.0)
    assert not just_asked("It is free.", 0.0, 0.0)
