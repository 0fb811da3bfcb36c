"""No caller stays in silence for ever, on any real connection; all calls of `silences` are played once."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.live.conftest import AGENTS
from tests.live.lost_callers import TUNNEL
from tests.live.quiet_callers import CROWD
from tests.live.silences import play

from offhook.core.record import Record
from offhook.room.media_watch import GAP, POLL_INTERVAL

pytestmark = [pytest.mark.live, pytest.mark.exact, pytest.mark.timeout(240)]

MACHINE = 1.0
"""Seconds that a decision may be late on a machine with five calls at once; virtual time proves the exact times."""
LATE = 3.0
"""Seconds that the first audio after a stopped caller process may be late, because the process must catch up."""
SETTLE = 2.4
"""Seconds that a sound of 0.3 s delays a step: the sound, the detection of its end, and the wait for its transcript."""
GONE = 35.0
"""Seconds until a server detects a dead client: it pings every few seconds and waits for a reconnect."""


class Played:
    """The journals of the calls."""

    def __init__(self, stage: Any, places: Mapping[str, str | Exception]) -> None:
        self._stage, self._places = stage, places

    def __getitem__(self, scene: str) -> list[Record]:
        place = self._places[scene]
        if isinstance(place, Exception):
            raise place
        records: list[Record] = self._stage.records(place)
        return records


@pytest.fixture(scope="module")
def played(livekit: Any, tmp_path_factory: pytest.TempPathFactory, worker_for: Any) -> Iterator[Played]:
    journal = tmp_path_factory.mktemp("silence") / "journal.db"
    with worker_for(AGENTS / "silence.py", journal, "silence") as stage:
        yield Played(stage, asyncio.run(play(stage)))


def bodies(records: list[Record], name: str, **wanted: object) -> list[Mapping[str, Any]]:
    return [one.body for one in records if one.name == name and wanted.items() <= one.body.items()]


def reason(records: list[Record]) -> object:
    return records[-1].body["reason"]


def said(records: list[Record]) -> list[object]:
    return [body["text"] for body in bodies(records, "MessageCommitted", role="assistant")]


def climbed(records: list[Record]) -> list[tuple[str, float, str]]:
    """Each step: its decision, the seconds since the agent's last end of speech, and the reason."""
    steps, since = [], 0.0
    for one in records:
        if one.name == "AgentStateChanged" and one.body["state"] == "listening":
            since = float(one.body["since"])
        elif one.by == "silence" and one.name not in ("Note", "MarkAway"):
            steps.append((one.name, one.elapsed - since, str(one.body["why"])))
    return steps


def counted(why: str) -> tuple[float, str]:
    """The silence before the step and its start, as the journal states them."""
    waited, _, since = why.partition(" s ")
    return float(waited), since


def about(wanted: float) -> Any:
    """Check the time: never early, except for the journal's rounding, and at most `MACHINE` s late."""
    return pytest.approx(wanted + MACHINE / 2, abs=MACHINE / 2 + 0.005)


def seconds(records: list[Record], first: str, then: str, **wanted: object) -> float:
    began = next(one.elapsed for one in records if one.name == first and wanted.items() <= one.body.items())
    return next(one.elapsed for one in records if one.name == then and one.elapsed >= began) - began


def test_noise_that_trips_the_detector_delays_no_step_by_more_than_one_sound(played: Played) -> None:
    records = played["noisy"]
    assert len(bodies(records, "CallerStateChanged", state="speaking")) >= 2
    assert bodies(records, "MessageCommitted", role="user") == []
    steps = climbed(records)
    assert [name for name, _, _ in steps] == ["Say"] * 2 + ["EndCall"]
    for name, waited, why in steps:
        most = SETTLE if "held by a sound" in why else 0.0
        assert 5 <= waited <= 5 + most + MACHINE, (name, waited, why)
    assert (reason(records), said(records)[-1]) == ("silence", "Goodbye.")


@pytest.mark.parametrize("scene", ["babbles", "asked", "bursts"])
def test_voices_without_words_keep_nobody_from_being_asked_and_let_go(played: Played, scene: str) -> None:
    records = played[scene]
    assert bodies(records, "MessageCommitted", role="user") == []
    assert reason(records) == "silence"
    assert [body["error"] for body in bodies(records, "LinePlayed", tag="goodbye")][-1:] == [""]
    assert bodies(records, "HangUp")[0]["why"] == "the goodbye was played"
    assert seconds(records, "SessionStarted", "Ended") < 30


def test_a_goodbye_that_endless_voices_keep_from_beginning_is_said_over_them(played: Played) -> None:
    records = played["babbles"]
    over = [body for body in bodies(records, "Say", tag="goodbye") if not body["interruptible"]]
    assert [body["why"] for body in over] == ["there is sound on the caller's side; the goodbye is played now"]
    assert seconds(records, "EndCall", "HangUpDone") < 12


@pytest.mark.parametrize("scene", ["freezes", "mutes", "muted"])
def test_a_sound_that_stops_in_mid_word_or_never_comes_is_silence(played: Played, scene: str) -> None:
    records = played[scene]
    assert said(records) == ["Hello.", "Are you still there?", "Goodbye."]
    assert reason(records) == "silence"
    assert seconds(records, "SessionStarted", "Ended") < 13


def test_a_caller_who_receives_no_sound_is_let_go_when_every_line_has_had_its_time(played: Played) -> None:
    records = played["deaf"]
    assert [counted(why) for _, _, why in climbed(records)] == [
        (about(1.0), "since the agent stopped speaking, step 1 of 2"),
        (about(1.5), "since the line should have ended, step 2 of 2"),
    ]
    assert str(bodies(records, "HangUp")[0]["why"]).startswith(
        ("the goodbye timed out", "the goodbye could not be played")
    )
    assert reason(records) == "silence"
    assert "Goodbye." not in said(records)
    assert seconds(records, "SessionStarted", "Ended") < 25


def test_the_call_of_a_caller_who_vanished_ends_when_the_server_knows(played: Played) -> None:
    records = played["vanishes"]
    assert reason(records) == "caller_hung_up"
    assert bodies(records, "CallerLeft") == [{"reason": "connection_timeout", "successor": False}]
    assert [body["scope"] for body in bodies(records, "HangUpDone")] == ["room"]
    assert 15 < seconds(records, "MediaLost", "Ended", side="caller") < GONE


def test_a_caller_whose_sound_stops_for_a_while_is_asked_and_then_understood(played: Played) -> None:
    records = played["thaws"]
    asked, answered = said(records).index("Are you still there?"), said(records).index("I hear you.")
    assert asked < answered
    assert bodies(records, "MediaLost") == []


def test_a_caller_who_goes_through_a_tunnel_is_understood_behind_it_and_the_journal_tells_of_it(
    played: Played,
) -> None:
    records = played["fades"]
    assert said(records)[:2] == ["Hello.", "I hear you."]
    (faded,) = (one for one in records if one.name == "MediaLost")
    (back,) = bodies(records, "MediaRestored")
    assert faded.elapsed - float(faded.body["since"]) < GAP + POLL_INTERVAL + LATE
    assert TUNNEL <= float(back["seconds"]) < TUNNEL + POLL_INTERVAL + LATE


def test_a_caller_in_a_crowd_is_answered_when_the_words_have_stopped(played: Played) -> None:
    records = played["orders"]
    assert said(records) == ["Hello.", "I hear you."]
    chosen = [str(body["why"]) for body in bodies(records, "EndpointingChosen")]
    assert any("stopped" in why for why in chosen), chosen
    assert seconds(records, "TranscriptReceived", "TurnCommitted", final=True) < CROWD / 2


def test_the_call_of_a_caller_who_was_removed_ends_at_once(played: Played) -> None:
    records = played["removed"]
    assert (reason(records), records[-1].body["detail"]) == ("caller_hung_up", "participant_removed")
    assert seconds(records, "CallerLeft", "HangUpDone") < 1
