"""A caller who is marked away by code stays away until code marks the caller back."""

from offhook.core.decisions import Decision, MarkAway
from offhook.core.facts import AgentStateChanged, AwayRequested, CallerStateChanged, Fact, KeyPressed
from offhook.policies.away import AwayPolicy

AGAIN = MarkAway(away=True, why="still requested by desk")


def told(presence: AwayPolicy, *facts: Fact) -> list[Decision]:
    return [decision for fact in facts for decision in presence.handle(fact, 0.0)]


def away_while_both_listen() -> AwayPolicy:
    presence = AwayPolicy()
    told(presence, AgentStateChanged("listening", since=0.0), AwayRequested(away=True, by="desk"))
    return presence


def test_away_is_marked_at_once() -> None:
    assert told(AwayPolicy(), AwayRequested(away=True, by="desk")) == [MarkAway(away=True, why="requested by desk")]


def test_back_is_marked_at_once() -> None:
    assert told(AwayPolicy(), AwayRequested(away=False, by="desk")) == [MarkAway(away=False, why="requested by desk")]


def test_a_sound_ends_it_only_until_the_next_silence() -> None:
    presence = away_while_both_listen()
    assert told(presence, CallerStateChanged("away", since=0.0), CallerStateChanged("speaking", since=1.0)) == []
    assert told(presence, CallerStateChanged("listening", since=2.0)) == [AGAIN]


def test_an_answer_of_the_agent_ends_it_only_until_the_agent_listens() -> None:
    presence = away_while_both_listen()
    assert told(presence, AgentStateChanged("thinking", since=1.0), AgentStateChanged("speaking", since=2.0)) == []
    assert told(presence, AgentStateChanged("listening", since=3.0)) == [AGAIN]


def test_while_the_caller_speaks_they_are_not_away() -> None:
    presence = away_while_both_listen()
    told(presence, AgentStateChanged("speaking", since=1.0), CallerStateChanged("speaking", since=2.0))
    assert told(presence, AgentStateChanged("listening", since=2.1)) == []


def test_a_release_is_kept() -> None:
    presence = away_while_both_listen()
    told(presence, AwayRequested(away=False))
    assert told(presence, CallerStateChanged("speaking", since=1.0), CallerStateChanged("listening", since=2.0)) == []


def test_nobody_is_away_by_itself() -> None:
    assert (
        told(AwayPolicy(), AgentStateChanged("listening", since=0.0), CallerStateChanged("listening", since=0.0)) == []
    )


def test_other_facts_and_the_clock_are_nothing_to_it() -> None:
    presence = away_while_both_listen()
    assert told(presence, KeyPressed("1")) == []
    assert presence.deadline is None
