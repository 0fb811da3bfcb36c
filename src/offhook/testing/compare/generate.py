"""Generates random agents and calls; the same seed gives the same result on every machine."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from offhook.testing.compare.spec import (
    CallSpec,
    Deed,
    Detection,
    EnterSpec,
    HookKind,
    HookSpec,
    Models,
    ToolKind,
    ToolSpec,
    TurnSpec,
    VoiceSpec,
)

__all__ = ["calls", "draw", "served_calls"]

T = TypeVar("T")

_ANSWERS = (
    "Yes.",
    "That is fine.",
    "We are open from noon until ten, and the kitchen closes at nine.",
    "There are three of them. The first is by the window. The second is in the garden. The last is upstairs.",
    "**Sure**, that is 1,250.50 EUR on 24/12/2026 at 18:30.",
    "Guten Abend, wir haben geöffnet. 我们十点关门。Да, конечно.",
    (
        "I have looked at all of it for you, and I think that the best that you can do is to come by at four in the "
        "afternoon, when there is hardly anybody here, and ask for the lady at the desk, who knows it all by heart."
    ),
)
_TOOLS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
_WAITS = (0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 25.0, 45.0, 90.0)


def calls(seed: int, count: int, models: Models = "told") -> Iterator[CallSpec]:
    """Generate `count` calls from this seed."""
    for number in range(count):
        call = draw(seed * 1_000_003 + number)
        yield call if models == "told" else _wired(call, models)


def _wired(call: CallSpec, models: Models) -> CallSpec:
    """Change the call so that real plugins can play the call with emulated providers.

    The emulated providers send each answer in one piece, with at most one tool call. A Realtime model detects the end
    of a turn itself; LiveKit then does not call the agent's `llm_node`, `tts_node` and `on_user_turn_completed`.
    """
    turns = tuple(replace(turn, tools=turn.tools[:1], pace=0.0) for turn in call.turns)
    call = replace(call, models=models, turns=turns, voice=replace(call.voice, streaming=False))
    if models == "wires":
        return call
    turns = tuple(replace(turn, does="says" if turn.does == "clears" else turn.does) for turn in turns)
    return replace(
        call,
        turns=turns,
        hook=HookSpec(),
        llm_node="own",
        tts_node="own",
        detection="vad",
        min_delay=0.5,
        preemptive=False,
    )


def served_calls(seed: int, count: int) -> Iterator[CallSpec]:
    """Generate `count` calls of agents that `serve(plan)` serves with the default endpointing and barge-in.

    offhook's settings, not the spec, determine the turn detection and the endpointing delays. The plan has no handlers
    for session events.
    """
    for call in calls(seed, count):
        turns = tuple(replace(turn, does="says" if turn.does == "clears" else turn.does) for turn in call.turns)
        yield replace(
            call,
            turns=turns,
            detection="vad",
            min_delay=0.5,
            preemptive=False,
            away=False,
            background=False,
            listener="none",
            plan=True,
        )


def draw(seed: int) -> CallSpec:
    """Generate one call from this seed."""
    dice = random.Random(seed)  # noqa: S311  # not used for secrets
    detection: Detection = _often(dice, "vad", ("stt", "manual"))
    return CallSpec(
        seed=seed,
        turns=tuple(_turn(dice, detection) for _ in range(dice.randint(1, 4))),
        enter=EnterSpec(_often(dice, "says", ("nothing", "generates", "raises")), dice.choice((0.0, 0.0, 0.0, 1.0))),
        other_enter=EnterSpec(
            _often(dice, "says", ("nothing", "generates", "raises")), dice.choice((0.0, 0.0, 0.0, 1.0, 3.0, 6.0))
        ),
        hook=_hook(dice),
        voice=_voice(dice),
        llm_node=_often(dice, "own", ("forwards", "empty", "says")),
        tts_node=_often(dice, "own", ("forwards", "empty")),
        detection=detection,
        min_delay=dice.choice((0.5, 0.5, 0.5, 0.0, 0.2, 1.0, 2.0, 4.0)),
        preemptive=dice.random() < 0.3,
        away=dice.random() < 0.15,
        background=dice.random() < 0.15,
        ladder=_often(dice, "none", ("says", "asks"), 0.15),
        listener=_often(dice, "none", ("says", "updates"), 0.15),
    )


def _often(dice: random.Random, usual: T, others: tuple[T, ...], share: float = 0.35) -> T:
    return dice.choice(others) if dice.random() < share else usual


def _turn(dice: random.Random, detection: Detection) -> TurnSpec:
    does: Deed = _often(dice, "says", ("backchannel", "cough", "talker", "types", "says"), 0.25)
    if detection == "manual" and does not in ("says", "types"):
        does = dice.choice(("says", "clears"))
    return TurnSpec(
        does=does,
        after=dice.choice((1.0, 2.5, 4.0, 8.0, 8.0, 12.0, 25.0)),
        answer=dice.choice(_ANSWERS),
        tools=tuple(_tool(dice, name) for name in dice.sample(_TOOLS, _often(dice, 1, (2, 3), 0.2)))
        if dice.random() < 0.5
        else (),
        words=dice.random() < 0.4,
        thinks=dice.choice((0.1, 0.3, 0.3, 0.3, 0.8, 1.5, 3.5)),
        pace=dice.choice((0.0, 0.0, 5.0, 20.0)),
    )


def _tool(dice: random.Random, name: str) -> ToolSpec:
    kind: ToolKind = dice.choice(
        (
            *("value", "value", "value", "none", "none", "raises", "tool_error", "stop_response", "updates", "updates"),
            *("handoff", "update_agent", "task", "task", "task_group", "says", "interrupts", "options"),
        )
    )
    return ToolSpec(name, kind, dice.choice(_WAITS))


def _hook(dice: random.Random) -> HookSpec:
    kind: HookKind = _often(dice, "none", ("waits", "waits", "changes", "raises", "stops"))
    seconds = 0.0 if kind == "none" else dice.choice((0.0, 0.5, 1.0, 2.0, 4.0, 6.0))
    return HookSpec(kind, seconds, dice.choice((1, 2)))


def _voice(dice: random.Random) -> VoiceSpec:
    rates = tuple(float(dice.choice((5, 8, 12, 15, 20, 30))) for _ in range(dice.choice((1, 1, 2, 3))))
    return VoiceSpec(rates, dice.choice((0.0, 0.0, 0.0, 0.3, 1.0, 2.0)), streaming=dice.random() < 0.4)
