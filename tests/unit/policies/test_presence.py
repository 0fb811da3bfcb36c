"""A caller who was called away stays away until somebody says otherwise."""

from offhook.core.facts import AgentTurned, AwayWanted, CallerTurned, Fact, KeyPressed
from offhook.core.wishes import MarkAway, Wish
from offhook.policies.presence import Presence

AGAIN = MarkAway(away=True, why="still by desk")


def told(presence: Presence, *facts: Fact) -> list[Wish]:
    return [wish for fact in facts for wish in presence.handle(fact, 0.0)]


def away_while_both_listen() -> Presence:
    presence = Presence()
    told(presence, AgentTurned("listening", since=0.0), AwayWanted(away=True, by="desk"))
    return presence


def test_away_is_marked_at_once() -> None:
    assert told(Presence(), AwayWanted(away=True, by="desk")) == [MarkAway(away=True, why="by desk")]


def test_back_is_marked_at_once() -> None:
    assert told(Presence(), AwayWanted(away=False, by="desk")) == [MarkAway(away=False, why="by desk")]


def test_a_sound_ends_it_only_until_the_next_silence() -> None:
    presence = away_while_both_listen()
    assert told(presence, CallerTurned("away", since=0.0), CallerTurned("speaking", since=1.0)) == []
    assert told(presence, CallerTurned("listening", since=2.0)) == [AGAIN]


def test_an_answer_of_the_agent_ends_it_only_until_the_agent_listens() -> None:
    presence = away_while_both_listen()
    assert told(presence, AgentTurned("thinking", since=1.0), AgentTurned("speaking", since=2.0)) == []
    assert told(presence, AgentTurned("listening", since=3.0)) == [AGAIN]


def test_while_the_caller_speaks_they_are_not_away() -> None:
    presence = away_while_both_listen()
    told(presence, AgentTurned("speaking", since=1.0), CallerTurned("speaking", since=2.0))
    assert told(presence, AgentTurned("listening", since=2.1)) == []


def test_a_release_is_kept() -> None:
    presence = away_while_both_listen()
    told(presence, AwayWanted(away=False))
    assert told(presence, CallerTurned("speaking", since=1.0), CallerTurned("listening", since=2.0)) == []


def test_nobody_is_away_by_itself() -> None:
    assert told(Presence(), AgentTurned("listening", since=0.0), CallerTurned("listening", since=0.0)) == []


def test_other_facts_and_the_clock_are_nothing_to_it() -> None:
    presence = away_while_both_listen()
    assert told(presence, KeyPressed("1")) == []
    assert presence.deadline is None
