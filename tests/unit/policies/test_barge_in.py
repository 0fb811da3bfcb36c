"""The agent pauses at the caller's first sound, and goes on if the sound was no interruption."""

import pytest

from offhook.core.barge_in import BargeIn
from offhook.core.decisions import Decision, Note, PausePlayout, ResumePlayout
from offhook.core.facts import (
    AgentHandoff,
    AgentStateChanged,
    BargeInReady,
    CallerStateChanged,
    Fact,
    Planned,
    PlayoutKept,
    PlayoutPaused,
    PlayoutResumed,
    Tick,
    TranscriptReceived,
)
from offhook.policies.barge_in import FINAL, MEMORY, WITHOUT_INTERIMS, BargeInPolicy

PLAN = BargeIn(wait_for_words=0.5, max_pause=4.0, max_noise=6.0)
SPEAKS, LISTENS = AgentStateChanged("speaking", since=0.0), AgentStateChanged("listening", since=0.0)
SOUND, SILENCE = CallerStateChanged("speaking", since=0.0), CallerStateChanged("listening", since=0.0)
WORDS, MHM = TranscriptReceived("stop please", final=False), TranscriptReceived("mhm", final=True, backchannel=True)
PAUSE = PausePlayout(why="a sound of the caller")
NOISE = ResumePlayout(why="a sound without words")


class Told:
    """A policy in a call; a decision takes effect at once."""

    def __init__(
        self, plan: BargeIn | None = PLAN, *, warm_up: float = 0.0, ready: bool = True, speaks: bool = True
    ) -> None:
        self.policy = BargeInPolicy()
        facts: list[Fact] = [Planned(barge_in=plan), *([BargeInReady(warm_up)] if ready else [])]
        facts += [SPEAKS] if speaks else []
        for fact in facts:
            assert self.policy.handle(fact, 0.0) == ()

    def at(self, now: float, *facts: Fact, done: bool = True) -> list[Decision]:
        made: list[Decision] = []
        for fact in facts:
            for decision in self.policy.handle(fact, now):
                made.append(decision)
                effect = {PausePlayout: PlayoutPaused(), ResumePlayout: PlayoutResumed()}.get(type(decision))
                if done and effect is not None:
                    assert self.policy.handle(effect, now) == ()
        return made

    def due(self) -> float | None:
        return self.policy.deadline


def test_the_first_sound_pauses_the_agent() -> None:
    assert Told().at(5.0, SOUND) == [PAUSE]


def test_a_sound_while_the_agent_listens_is_a_turn() -> None:
    assert Told().at(5.0, LISTENS, SOUND, WORDS, SILENCE) == []


@pytest.mark.parametrize("told", [Told(None), Told(ready=False)], ids=["no plan", "session cannot"])
def test_without_a_plan_or_in_other_sessions_nothing_is_decided(told: Told) -> None:
    assert told.at(5.0, SOUND, WORDS, SILENCE, Tick()) == []
    assert told.due() is None


def test_a_session_with_its_own_rules_keeps_them() -> None:
    told = Told(ready=False)
    assert told.at(1.0, BargeInReady(off="a Realtime model"), SOUND) == []


def test_after_a_sound_without_words_the_agent_goes_on() -> None:
    told = Told()
    told.at(5.0, SOUND)
    assert told.at(5.5, SILENCE) == []
    assert told.due() == 6.0
    assert told.at(5.9, Tick()) == []
    assert told.at(6.0, Tick()) == [NOISE]
    assert told.due() is None


def test_after_a_backchannel_the_agent_goes_on_at_the_end_of_the_sound() -> None:
    told = Told()
    assert told.at(5.0, SOUND, MHM) == [PAUSE]
    assert told.at(5.5, SILENCE) == [ResumePlayout(why="the caller said a backchannel")]


def test_a_backchannel_that_is_transcribed_later_lets_the_agent_go_on_at_once() -> None:
    told = Told()
    told.at(5.0, SOUND)
    assert told.at(5.5, SILENCE) == []
    assert told.at(5.6, MHM) == [ResumePlayout(why="the caller said a backchannel")]


def test_words_keep_the_agent_silent_until_livekit_interrupts_it() -> None:
    told = Told()
    assert told.at(5.0, SOUND, WORDS) == [PAUSE]
    assert told.at(8.0, WORDS) == []
    assert told.due() == 12.0
    assert told.at(9.0, SILENCE, LISTENS, PlayoutResumed()) == []
    assert told.due() is None


def test_words_after_a_backchannel_are_words() -> None:
    told = Told()
    assert told.at(5.0, SOUND, MHM, WORDS, SILENCE) == [PAUSE]
    assert told.due() == 5.0 + FINAL


def test_late_words_have_time_for_their_final_transcript() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(5.5, SILENCE, WORDS)
    assert told.due() == 5.5 + FINAL


def test_words_that_never_become_final_do_not_keep_the_agent_silent() -> None:
    told = Told()
    told.at(5.0, SOUND, WORDS, SILENCE)
    assert told.at(8.0, Tick()) == [ResumePlayout(why="no final transcript followed")]


def test_an_empty_transcript_is_nothing() -> None:
    told = Told()
    empty = [TranscriptReceived(" ", final=True), TranscriptReceived("", final=True, backchannel=True)]
    assert told.at(5.0, SOUND, *empty) == [PAUSE]
    told.at(5.5, SILENCE)
    assert told.due() == 6.0


def test_a_long_noise_does_not_keep_the_agent_silent() -> None:
    told = Told()
    told.at(5.0, SOUND)
    assert told.at(9.0, Tick()) == [ResumePlayout(why="4 s of sound without more words")]
    assert told.at(20.0, SILENCE, Tick()) == []


def test_a_long_sound_may_be_words_if_the_stt_gives_no_interim_ones() -> None:
    told = Told(ready=False)
    told.at(0.0, BargeInReady(interims=False), SOUND)
    assert told.due() == WITHOUT_INTERIMS


def test_words_in_a_long_noise_pause_the_agent_again() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(9.0, Tick())
    assert told.at(9.5, WORDS) == [PausePlayout(why="words of the caller")]


def test_a_second_sound_before_the_words_of_the_first_continues_the_pause() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(5.3, SILENCE)
    assert told.at(5.6, SOUND) == []
    assert told.due() == 9.0


def noisy() -> Told:
    told = Told()
    for start in (5.0, 10.0):
        told.at(start, SOUND)
        told.at(start + 4.0, Tick(), SILENCE)
    return told


def test_sounds_without_words_cannot_pause_the_agent_again_and_again() -> None:
    why = "not paused: sounds without words have paused the agent for 8.0 s of the last 30 s"
    assert noisy().at(15.0, SOUND) == [Note(why=why)]


def test_after_some_time_without_pauses_a_sound_counts_again() -> None:
    assert noisy().at(14.0 + MEMORY + 0.1, SOUND) == [PAUSE]


def test_after_words_a_sound_counts_again() -> None:
    told = noisy()
    assert told.at(15.0, WORDS) == []
    assert told.at(15.5, SOUND) == [PAUSE]


def test_in_the_warm_up_of_the_echo_canceller_nothing_pauses_the_agent() -> None:
    told = Told(warm_up=3.0)
    assert told.at(1.0, SOUND, WORDS) == []
    assert told.at(2.0, SILENCE) == []
    assert told.due() is None


def test_a_caller_who_still_speaks_after_the_warm_up_pauses_the_agent() -> None:
    told = Told(warm_up=3.0)
    told.at(1.0, SOUND)
    assert told.due() == 3.0
    assert told.at(3.0, Tick()) == [PAUSE]


def test_the_end_of_the_warm_up_is_nothing_to_an_agent_that_has_finished() -> None:
    told = Told(warm_up=3.0)
    told.at(1.0, SOUND, LISTENS)
    assert told.at(3.0, Tick()) == []


def test_a_speech_that_must_not_be_paused_is_left_alone() -> None:
    told = Told()
    told.at(5.0, SOUND, done=False)
    assert told.at(5.0, PlayoutKept("this speech must not be interrupted")) == []
    assert told.due() is None
    assert told.at(5.5, SILENCE) == []


def test_the_same_speech_is_not_asked_about_again_and_the_next_one_is() -> None:
    told = Told()
    told.at(5.0, SOUND, done=False)
    assert told.at(5.0, PlayoutKept("this speech must not be interrupted"), WORDS, SILENCE, SOUND) == []
    assert told.at(6.0, LISTENS, SILENCE, SPEAKS, SOUND) == [PAUSE]


def test_a_final_backchannel_corrects_interim_words() -> None:
    told = Told()
    assert told.at(5.0, SOUND, WORDS, MHM, SILENCE) == [PAUSE, ResumePlayout(why="the caller said a backchannel")]


def test_a_pause_that_livekit_makes_is_livekits() -> None:
    told = Told()
    assert told.at(5.0, PlayoutPaused(), SILENCE, Tick()) == []


def test_a_new_agent_does_not_begin_to_speak_into_words_that_livekit_forgot_at_the_handoff() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(6.0, WORDS, LISTENS, CallerStateChanged("listening", since=6.0), AgentHandoff("next"), PlayoutResumed())
    assert told.at(6.0, SPEAKS) == [PausePlayout(why="the caller spoke when the agent changed")]
    assert told.at(6.05, SOUND) == []
    assert told.due() == 10.0  # the sound goes on: the limit of a pause counts from the first line


def test_the_first_line_of_the_call_does_not_begin_during_words_that_livekit_forgot_at_the_handoff() -> None:
    told = Told(ready=False, speaks=False)
    told.at(5.0, SOUND)
    told.at(6.0, WORDS, CallerStateChanged("listening", since=6.0), AgentHandoff("next"))
    assert told.at(6.0, SPEAKS) == []
    assert told.at(6.0, BargeInReady(warm_up=3.0)) == [PausePlayout(why="the caller spoke when the agent changed")]
    assert told.at(6.05, SOUND) == []
    assert told.due() == 10.0


def test_a_session_in_which_livekit_decides_does_not_pause_the_first_line() -> None:
    told = Told(ready=False, speaks=False)
    told.at(6.0, SOUND, CallerStateChanged("listening", since=6.0), AgentHandoff("next"))
    assert told.at(6.0, SPEAKS, BargeInReady(off="a Realtime model itself decides about interruptions")) == []


def test_a_new_agent_goes_on_if_the_caller_had_just_stopped_at_the_handoff() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(6.0, LISTENS, CallerStateChanged("listening", since=6.0), AgentHandoff("next"), PlayoutResumed(), SPEAKS)
    assert told.due() == 6.5
    assert told.at(6.5, Tick()) == [NOISE]


def test_a_handoff_in_silence_lets_the_new_agent_speak() -> None:
    told = Told()
    told.at(5.0, SOUND)
    told.at(6.0, LISTENS, CallerStateChanged("listening", since=5.7), AgentHandoff("next"), PlayoutResumed())
    assert told.at(6.0, SPEAKS) == []
    assert told.at(8.0, SOUND) == [PAUSE]
