"""A command becomes decisions, and its sender gets at least one result."""

from collections.abc import Sequence

import pytest

from offhook.core.commands import COMMANDS, Command, EndCommand, Query, parse_command, tag_of
from offhook.core.decisions import Ask, Decision, EndCall, ReportCommand, RunCommand, Say
from offhook.core.facts import (
    ActionDone,
    CallerLeft,
    CommandReceived,
    EndCancelled,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    PlanFailed,
    QuietChanged,
    RoomDisconnected,
    SessionClosed,
)
from offhook.policies.commands import CommandPolicy

LEAVE = CommandReceived("c1", by="desk", verb=EndCommand(goodbye="Bye.", scope="agent"))
DECISION = EndCall("command", goodbye="Bye.", scope="agent", by="desk", why="command c1 by desk")
TAG = tag_of("c1")
EXAMPLES: Sequence[dict[str, object]] = [
    {"name": "say", "text": "One moment."},
    {"name": "ask", "instructions": "Ask for the number."},
    {"name": "add_message", "text": "The caller is a member."},
    {"name": "instructions", "text": "Be brief."},
    {"name": "context", "action": "clear"},
    {"name": "away"},
    {"name": "back"},
    {"name": "silence", "action": "pause"},
    {"name": "quiet"},
    {"name": "resume"},
    {"name": "interrupt"},
    {"name": "pause_recording"},
    {"name": "resume_recording"},
    {"name": "endpointing", "min_delay": 1.0},
    {"name": "voice", "voice": "alloy"},
    {"name": "models", "llm": "gpt-5"},
    {"name": "dtmf", "digits": "1"},
    {"name": "transfer", "to": "tel:+15105550100"},
    {"name": "end"},
    {"name": "note", "text": "An angry caller."},
    {"name": "state"},
    {"name": "transcript"},
    {"name": "facts"},
    {"name": "result", "command": "c1"},
]


def received(name: str, id_: str = "c1", **fields: object) -> CommandReceived:
    return CommandReceived(id_, by="desk", verb=parse_command({"name": name, **fields}))


def results(decisions: Sequence[Decision]) -> list[tuple[str, str, str, bool]]:
    return [
        (one.id, one.status, one.detail, one.final) if isinstance(one, ReportCommand) else ("", "", str(one), False)
        for one in decisions
    ]


def test_a_command_to_end_is_a_decision_to_end() -> None:
    assert CommandPolicy().handle(LEAVE, 0.0) == [DECISION]


def test_a_shutdown_says_so() -> None:
    order = CommandReceived("c2", by="worker", verb=EndCommand(reason="shutdown"))
    assert CommandPolicy().handle(order, 0.0) == [EndCall("shutdown", by="worker", why="command c2 by worker")]


def test_the_examples_have_every_verb() -> None:
    assert {one["name"] for one in EXAMPLES} == set(COMMANDS)


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: str(raw["name"]))
def test_every_verb_has_an_effect_or_an_answer(raw: dict[str, object]) -> None:
    command = parse_command(raw)
    decisions = CommandPolicy().handle(CommandReceived("c1", by="desk", verb=command), 0.0)
    if isinstance(command, Query):
        assert decisions == ()
    else:
        assert decisions
        assert type(decisions[0]) in (Say, Ask, EndCall, RunCommand, ReportCommand)


def test_a_query_is_answered_by_the_receiver() -> None:
    policy = CommandPolicy()
    assert policy.handle(received("state"), 0.0) == ()
    assert policy.handle(HangUpDone("room"), 1.0) == []


@pytest.mark.parametrize(
    ("played", "status", "detail"),
    [
        (LinePlayed(TAG), "spoken", ""),
        (LinePlayed(TAG, interrupted=True), "interrupted", "by the caller"),
        (LinePlayed(TAG, error="RuntimeError: no voice"), "failed", "RuntimeError: no voice"),
        (LinePlayed(TAG, error="UnsupportedError: it cannot speak"), "unsupported", "it cannot speak"),
    ],
)
def test_a_spoken_command_tells_how_its_line_ended(played: LinePlayed, status: str, detail: str) -> None:
    policy = CommandPolicy()
    say, queued = policy.handle(received("say", text="One moment."), 0.0)
    assert say == Say("One moment.", tag=TAG, why="say by desk")
    assert results([queued]) == [("c1", "applied", "queued after the current speech", False)]
    assert results(policy.handle(played, 1.0)) == [("c1", status, detail, True)]
    assert policy.handle(played, 2.0) == ()


@pytest.mark.parametrize(
    ("done", "status", "detail"),
    [
        (ActionDone(TAG, detail="deferred"), "applied", "deferred"),
        (ActionDone(TAG, error="ValueError: no"), "failed", "ValueError: no"),
        (ActionDone(TAG, error="UnsupportedError: no voice"), "unsupported", "no voice"),
    ],
)
def test_a_change_tells_how_it_was_made(done: ActionDone, status: str, detail: str) -> None:
    policy = CommandPolicy()
    (run,) = policy.handle(received("instructions", text="Be brief."), 0.0)
    assert isinstance(run, RunCommand)
    assert (run.by, run.tag) == ("desk", TAG)
    assert results(policy.handle(done, 1.0)) == [("c1", status, detail, True)]


def test_a_quiet_agent_is_not_asked_and_may_be_spoken_over() -> None:
    policy = CommandPolicy()
    policy.handle(QuietChanged("hold"), 0.0)
    assert results(policy.handle(received("ask", instructions="Go on."), 1.0)) == [
        ("c1", "failed", "the agent is quiet (hold); send `resume` first", True)
    ]
    assert isinstance(policy.handle(received("say", text="One moment."), 1.0)[0], Say)
    policy.handle(QuietChanged(""), 2.0)
    assert isinstance(policy.handle(received("ask", "c2", instructions="Go on."), 3.0)[0], Ask)


def test_a_note_needs_nothing_but_the_journal() -> None:
    policy = CommandPolicy()
    assert results(policy.handle(received("note", text="Angry."), 0.0)) == [("c1", "applied", "", True)]
    assert policy.handle(HangUpDone("room"), 1.0) == []


def test_the_lines_and_actions_of_others_are_no_results() -> None:
    policy = CommandPolicy()
    policy.handle(received("say", text="One moment."), 0.0)
    assert policy.handle(LinePlayed("silence"), 1.0) == ()
    assert policy.handle(ActionDone("silence"), 1.0) == ()


@pytest.mark.parametrize(
    "fact", [EndRequested("silence"), PlanFailed("no plan"), SessionClosed("error"), CallerLeft("client_initiated")]
)
def test_while_the_call_ends_only_the_end_and_a_note_have_an_effect(fact: Fact) -> None:
    policy = CommandPolicy()
    policy.handle(fact, 0.0)
    ((_, status, detail, final),) = results(policy.handle(received("say", text="Wait."), 1.0))
    assert (status, final) == ("failed", True)
    assert detail.startswith("nothing was done: the call is ending (")
    assert policy.handle(LEAVE, 1.0) == [DECISION]
    assert results(policy.handle(received("note", "c3", text="So be it."), 1.0)) == [("c3", "applied", "", True)]


def test_after_a_cancelled_end_commands_have_their_effect_again() -> None:
    policy = CommandPolicy()
    policy.handle(EndRequested("silence"), 0.0)
    policy.handle(EndCancelled("silence"), 1.0)
    assert isinstance(policy.handle(received("say", text="Go on."), 2.0)[0], Say)


def test_an_end_that_lost_against_a_cancelled_one_has_failed() -> None:
    policy = CommandPolicy()
    policy.handle(EndRequested("silence"), 0.0)
    policy.handle(LEAVE, 1.0)
    assert results(policy.handle(EndCancelled("silence"), 2.0)) == [
        ("c1", "failed", "the caller spoke, and the call continues", True)
    ]


def test_the_goodbye_of_an_end_is_told_before_the_hang_up() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    assert results(policy.handle(LinePlayed("goodbye"), 1.0)) == [("c1", "spoken", "", False)]
    assert results(policy.handle(HangUpDone("room"), 2.0)) == [("c1", "applied", "", True)]


@pytest.mark.parametrize(
    ("gone", "why"),
    [(HangUpDone("room"), "the call was hung up"), (RoomDisconnected("room_deleted"), "the room disconnected")],
)
def test_every_command_is_reported_once_when_the_call_is_over(gone: Fact, why: str) -> None:
    policy = CommandPolicy()
    policy.handle(received("say", text="One moment."), 0.0)
    policy.handle(CommandReceived("c2", by="worker", verb=EndCommand()), 0.0)
    assert policy.handle(gone, 1.0) == [
        ReportCommand("c1", "failed", "the call ended before the command was carried out", why=why),
        ReportCommand("c2", "applied", why=why),
    ]
    assert policy.handle(gone, 2.0) == []


def test_an_end_that_left_the_connection_open_has_failed() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    assert policy.handle(HangUpDone("room", left_open="503"), 1.0) == [
        ReportCommand("c1", "failed", "the connection was left open: 503", why="the hang-up failed")
    ]


def test_an_end_whose_agent_lost_the_room_has_failed_because_the_caller_may_still_be_there() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    (report,) = policy.handle(RoomDisconnected("the connection to the LiveKit server was lost"), 1.0)
    assert isinstance(report, ReportCommand)
    assert report.status == "failed"


def test_when_the_agent_has_left_the_room_the_hang_up_says_whether_the_end_was_carried_out() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    assert policy.handle(RoomDisconnected("client_initiated"), 1.0) == ()
    assert results(policy.handle(HangUpDone("room", left_open="503"), 1.0)) == [
        ("c1", "failed", "the connection was left open: 503", True)
    ]


def test_an_end_is_not_reported_before_the_hang_up() -> None:
    policy = CommandPolicy()
    policy.handle(LEAVE, 0.0)
    assert policy.handle(CallerLeft("client_initiated"), 1.0) == ()


def test_it_never_needs_a_clock() -> None:
    assert CommandPolicy().deadline is None


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=str)
def test_a_verb_that_only_runs_on_a_session_says_so(kind: type[Command]) -> None:
    assert kind.decide is not Command.decide or issubclass(kind, Query) or kind.run is not Command.run
