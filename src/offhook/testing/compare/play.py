"""Plays the call of a spec once, with LiveKit alone or with offhook, and records everything that can be compared."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from livekit.agents import AgentServer

from offhook.testing.compare.any_agent import AnyModel
from offhook.testing.compare.callback_order import done_callbacks_in_order
from offhook.testing.compare.caller import SpecCaller
from offhook.testing.compare.model import Request, SpecModel
from offhook.testing.compare.played import Line, Played, Way
from offhook.testing.compare.served import served
from offhook.testing.compare.spec import CallSpec
from offhook.testing.compare.stage import Stage, ladder
from offhook.testing.compare.wires import Wires
from offhook.testing.compare.work import Log
from offhook.testing.drill.without_offhook import without_offhook
from offhook.testing.simulation.result import SimulatedCall
from offhook.testing.simulation.simulate import simulate

__all__ = ["play"]

_STARTS_AT = 1_767_225_600.0
_OWN = "roomio_audio"
"""The name of the session's audio track."""
_PATIENCE = 20.0
"""After this many seconds of real time without progress, a run is abandoned."""


def play(spec: CallSpec, way: Way, *, agent: str | Path | None = None, follow: bool = False) -> Played:
    """Play the call until it ends. With an `agent` file, the call has the agent of this file, and the spec sets only
    the caller and the LLM's answers. With `follow`, a follower reads the call's records; this works only for a call
    with offhook.
    """
    log = Log()
    wires = Wires(spec, log) if spec.models != "told" else None
    hears = wires.hears if wires is not None else None
    caller = SpecCaller(spec, hears, follow=follow and way == "ours")
    model = SpecModel(spec, log) if agent is None else AnyModel(spec, log)
    error, call = "", None
    with (
        done_callbacks_in_order(),
        without_offhook() if way == "alone" else nullcontext(),
        _server(spec, log, model) if agent is None else nullcontext(agent) as server,
    ):
        try:
            call = simulate(
                server, caller, stays=0.0, starts_at=_STARTS_AT, patience=_PATIENCE, **_models(model, wires)
            )
        except Exception as problem:  # noqa: BLE001  # an error of the call counts as a difference
            error = f"{type(problem).__name__}: {problem}"
    if follow and way == "ours" and not (error or caller.followed):
        error = "the follower received no record"
    requests = model.requests if wires is None else wires.requests
    return _played(requests, log, caller, call, error)


def _server(spec: CallSpec, log: Log, model: SpecModel) -> AbstractContextManager[AgentServer | str | Path]:
    """Return a context manager that gives the server with the spec's agent."""
    if spec.plan:
        return served(spec, log, model, ladder(spec))
    return nullcontext(Stage(spec, log, model).server)


def _models(model: SpecModel, wires: Wires | None) -> dict[str, Any]:
    """Return the arguments for `simulate` that choose the models."""
    return {"model": model} if wires is None else {"sandbox": wires.sandbox, "environ": wires.environ}


def _spans(spans: Iterable[Sequence[float]], zero: float) -> list[tuple[float, float]]:
    return [(round(began - zero, 3), round(ended - zero, 3)) for began, ended in spans if began < ended]


def _played(requests: Sequence[Request], log: Log, who: SpecCaller, call: SimulatedCall | None, error: str) -> Played:
    caller, wall = who.call, who.wall
    zero, ear = caller.joined_at, caller.earpiece
    tracks = ear.sound_by_track
    return Played(
        requests=[Request(round(one.at - zero, 3), one.items, one.tools, one.choice) for one in requests],
        tools=[(round(at - zero, 3), what) for at, what in log.ran] or _started(call, zero + wall),
        lines=[Line(round(one.began - zero, 3), one.text.strip()) for one in ear.lines if one.text.strip()],
        sound=_spans(tracks.pop(_OWN, []), zero),
        beside=_spans(sorted(span for spans in tracks.values() for span in spans), zero),
        busy=_spans(log.busy, zero),
        raised=[round(at - zero, 3) for at in log.raised],
        stopped=[round(at - zero, 3) for at in log.stopped],
        caller=[(round(one.began - zero, 3), round(one.ends - zero, 3), one.text) for one in caller.sounds]
        + [(round(at, 3), round(at, 3), text) for at, text in who.typed],
        records=call.records if call else (),
        zero=zero + wall,
        reason=call.reason if call else "",
        detail=call.detail if call else "",
        seconds=call.seconds if call else 0.0,
        picture=call.timeline if call else "",
        turns=[(round(at - zero, 3), words) for at, words in log.turns],
        followed=who.followed,
        error=error,
    )


def _started(call: SimulatedCall | None, zero: float) -> list[tuple[float, str]]:
    """Return the tool calls from the session's records, for an agent from a file: such an agent writes no `Log` of its
    tool calls.
    """
    started = [one for one in call.records if one.name == "ToolStarted"] if call else []
    return [(round(one.at - zero, 3), f"{one.body['name']}({one.body['arguments']})") for one in started]
