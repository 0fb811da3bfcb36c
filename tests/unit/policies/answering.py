"""The facts of a turn as LiveKit reports them, and a virtual clock that runs the answer policy through them."""

from collections.abc import Iterable
from dataclasses import replace

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Decision, EndCall, Say, StopLine
from offhook.core.facts import (
    ActionDone,
    AgentCodeEnded,
    AgentCodeStarted,
    AgentStateChanged,
    CallerStateChanged,
    EndRequested,
    Fact,
    LinePlayed,
    MessageCommitted,
    ModelFailed,
    ModelResponded,
    Planned,
    SpeechCreated,
    SpeechEnded,
    Tick,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
    TurnCommitted,
)
from offhook.policies.answer.policy import AnswerPolicy

__all__ = [
    "ASKED",
    "DEAD",
    "ENTRY",
    "ONE",
    "TROUBLE",
    "TURN",
    "TWO",
    "UNHEARD",
    "WORKS",
    "At",
    "answers",
    "asks",
    "asks_again",
    "code",
    "fails",
    "hears",
    "listens",
    "over",
    "run",
    "silent",
    "sound",
    "speaks",
    "thinks",
    "told",
    "tool",
]

At = tuple[float, Fact]
ONE, TWO = DeadAir().fillers
TROUBLE, UNHEARD = DeadAir().retry_failed_text, DeadAir().no_match_text
DEAD = ModelFailed("llm_error", recoverable=False, error="APIStatusError: 401")
TURN, ENTRY = "on_user_turn_completed", "on_enter"


def listens(at: float) -> At:
    return at, AgentStateChanged("listening", since=at)


def thinks(at: float) -> At:
    return at, AgentStateChanged("thinking", since=at)


def speaks(at: float) -> At:
    return at, AgentStateChanged("speaking", since=at)


def sound(at: float, until: float) -> list[At]:
    """The VAD reports a sound, and the end of the sound half a second late."""
    return [(at, CallerStateChanged("speaking", since=at)), (until + 0.5, CallerStateChanged("listening", since=until))]


def hears(at: float, text: str = "hello", *, final: bool = True) -> At:
    """The STT returns a transcript."""
    return at, TranscriptReceived(text, final=final)


def asks(at: float, until: float, *, own_code: bool = False, speech: str = "answer") -> list[At]:
    """The caller speaks and the turn is committed; the model is asked, or the agent's own code runs first."""
    commit = until + 0.7
    understood = [*sound(at, until), hears(until + 0.6), (commit, TurnCommitted(own_code=own_code))]
    if own_code:
        return [*understood, (commit, AgentCodeStarted("code", TURN))]
    return [
        *understood,
        (commit, SpeechCreated(speech, "generate_reply")),
        (commit, MessageCommitted("user", "hello")),
        thinks(commit),
    ]


def answers(at: float, until: float, *, speech: str = "answer") -> list[At]:
    """The model's answer is played to its end."""
    said = MessageCommitted("assistant", "We are open from noon.")
    return [(at, ModelResponded(22)), speaks(at), (until, said), *over(until, speech)]


def over(at: float, speech: str = "answer", **ended: str | bool) -> list[At]:
    """The speech ends, and playout stops."""
    return [listens(at), (at, replace(SpeechEnded(speech), **ended))]  # type: ignore[arg-type]  # fields by name


def silent(at: float, speech: str = "answer") -> list[At]:
    """The model's speech ends without output."""
    return [(at, ModelResponded(0)), *over(at, speech)]


def asks_again(at: float, *, tag: str = "retry", speech: str = "second") -> list[At]:
    """The facts after a `RetryAnswer`: the old answer is abandoned, and the model is asked once more."""
    return [(at, ActionDone(tag)), (at, SpeechCreated(speech, "generate_reply")), thinks(at)]


def fails(at: float) -> list[At]:
    """The caller asks, and both attempts to answer fail."""
    first = [*asks(at + 1, at + 2, speech=f"{at}"), (at + 3, DEAD), *over(at + 3.1, f"{at}")]
    return [*first, *asks_again(at + 3.2, speech=f"{at} again"), (at + 3.5, DEAD), *over(at + 3.6, f"{at} again")]


def tool(at: float, until: float, *, name: str = "book", call: str = "t", output: str = "done") -> list[At]:
    """The model calls a tool; an empty `output` is a tool that returned nothing."""
    ended = ToolEnded(call, "done", output=output)
    return [(at, ToolStarted(call, name, "{}")), (at, ModelResponded(0, tool_calls=1)), (until, ended)]


def code(at: float, name: str, status: str = "done", error: str = "") -> At:
    """A method of the agent ends."""
    return at, AgentCodeEnded("code", name, status, error=error)  # type: ignore[arg-type]  # one of the four


def run(facts: Iterable[At], *, until: float, plan: DeadAir | None = DeadAir()) -> list[tuple[float, Decision]]:  # noqa: B008  # frozen
    """Return the policy's decisions and their times. A filler takes one second; an end of the call is carried out."""
    policy, log, at = AnswerPolicy(), [], 0.0
    waiting = sorted([(0.0, Planned(dead_air=plan)), *facts], key=lambda pair: pair[0])
    while True:
        due = policy.deadline if policy.deadline is not None else 1e9
        at = max(at, min(due, waiting[0][0] if waiting else 1e9))
        if at > until:
            return log
        fact: Fact = waiting.pop(0)[1] if waiting and waiting[0][0] <= at else Tick()
        for decision in policy.handle(fact, at):
            log.append((round(at, 3), decision))
            match decision:
                case Say(tag=tag):
                    waiting = sorted([*waiting, (at + 1, LinePlayed(tag))], key=lambda pair: pair[0])
                case StopLine():
                    waiting = [pair for pair in waiting if pair[1] != LinePlayed("filler")]
                case EndCall(reason=reason):
                    waiting.insert(0, (at, EndRequested(reason)))
        assert len(log) < 100, "the policy never rests"


def told(log: list[tuple[float, Decision]]) -> list[tuple[float, str]]:
    return [(at, decision.text if isinstance(decision, Say) else type(decision).__name__) for at, decision in log]


ASKED = [listens(0), *asks(1, 2)]
WORKS = [*ASKED, (3, ToolStarted("t", "book", "{}")), (3, ModelResponded(0, 1))]
"""A tool runs and does not return."""
