"""What is known about a turn comes from the facts of the call."""

from offhook.core.facts import CallerStateChanged, Fact, MessageCommitted, Tick, TranscriptReceived, TurnCommitted
from offhook.policies.endpointing.evidence import TurnEvidence
from offhook.policies.endpointing.wait import Evidence


def after(*facts: Fact) -> Evidence:
    collected = TurnEvidence()
    for fact in facts:
        collected.notice(fact)
    return collected.evidence(None)


def said(text: str, *, final: bool = True) -> Fact:
    return TranscriptReceived(text, final=final)


def test_the_words_of_the_turn_so_far_count() -> None:
    assert after(said("I would like"), said("a coffee because", final=False)).ending == "continues"
    assert after(said("a coffee because", final=False), said("a coffee, because I like it.")).ending == "sentence"


def test_a_backchannel_is_no_part_of_the_turn() -> None:
    assert after(TranscriptReceived("um", final=True, backchannel=True)) == Evidence()


def test_a_new_turn_begins_without_words() -> None:
    assert after(said("because"), TurnCommitted()).ending == "unknown"


def test_a_yes_after_a_yes_or_no_question_is_an_answer() -> None:
    asked = MessageCommitted("assistant", "Is that right?")
    assert after(asked, said("Yes.")).answered
    assert not after(said("Yes.")).answered
    assert after(MessageCommitted("assistant", "Could you spell that?")).asked == "dictation"


def test_other_facts_change_nothing() -> None:
    assert after(Tick(), CallerStateChanged("speaking", since=1.0)) == Evidence()


def test_the_words_of_a_turn_are_transcribed_after_their_final_transcript() -> None:
    collected = TurnEvidence()
    for fact, transcribed in (
        (said("five", final=False), False),
        (said("five"), True),
        (said("six", final=False), False),
        (said("six"), True),
        (TurnCommitted(), False),
    ):
        collected.notice(fact)
        assert collected.transcribed is transcribed, fact
