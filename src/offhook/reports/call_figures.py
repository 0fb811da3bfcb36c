"""Measures one call from its records: latencies, silence, tools, problems, usage and line quality."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from offhook.core.record import Record
from offhook.core.usage import ModelUsage
from offhook.reports.moments import without_own_hang_up
from offhook.reports.phrases import phrase
from offhook.reports.voices import voices

__all__ = ["STAGES", "CallFigures", "EarlyAnswers", "figures_of"]

STAGES: Mapping[str, str] = {
    "heard": "answer",
    "committed": "end of turn",
    "model": "LLM",
    "voice": "TTS",
}
"""The fields of `ResponseTimed`, each with its name in reports. The first field is the whole response latency. The
other fields are parts of this latency.
"""
SILENCE = 2.0
"""Seconds. A shorter silence does not count, because it is only a pause between words."""


@dataclass(frozen=True, slots=True)
class EarlyAnswers:
    """The answers that the LLM began before the end of turn: how many were used, and how many were thrown away. Tokens
    and characters are the usage that providers reported for the answers that were thrown away.

    `used` does not count the answers that began on the final transcript.
    """

    used: int = 0
    thrown_away: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0

    def __add__(self, other: "EarlyAnswers") -> "EarlyAnswers":
        return EarlyAnswers(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class CallFigures:
    """The figures of one call. Times are in seconds. `reason` is empty if the journal has no end of the call.

    `latencies` maps the names in `STAGES` to the measured values. `ladder` is the number of steps that the silence
    ladder took, without `away` steps. `line` has the fields of `LineMeasured`, or is empty.
    """

    call: str
    agent: str
    version: str
    reason: str
    seconds: float
    latencies: Mapping[str, Sequence[float]]
    silent: float
    longest_silence: float
    ladder: int
    interruptions: int
    early: EarlyAnswers
    tools: Sequence[tuple[str, str, float]]
    problems: Mapping[str, int]
    usage: Sequence[ModelUsage]
    line: Mapping[str, Any]
    line_turned_bad: bool


def figures_of(records: Sequence[Record]) -> CallFigures:
    """Return the figures of the call with these records."""
    bodies = {record.name: record.body for record in records}  # for each name, only the last record
    connected, ended = bodies.get("Connected", {}), bodies.get("Ended", {})
    heard = voices(records)
    silences = [one.end - one.start for one in heard.silences if one.end - one.start >= SILENCE]
    return CallFigures(
        call=records[0].call if records else "",
        agent=str(connected.get("agent", "")),
        version=str(connected.get("version", "")),
        reason=str(ended.get("reason", "")),
        seconds=_number(ended.get("seconds")) or (records[-1].elapsed if records else 0.0),
        latencies=_latencies(records),
        silent=sum(silences),
        longest_silence=max(silences, default=0.0),
        ladder=sum(one.kind == "decision" and one.by == "silence" and one.name in _STEPS for one in records),
        interruptions=sum(one.interrupted for one in heard.agent),
        early=_early(records),
        tools=_tools(records),
        problems=Counter(one.name for one in without_own_hang_up(records) if _is_problem(one)),
        usage=_usage(bodies.get("UsageUpdated", {})),
        line=bodies.get("LineMeasured", {}),
        line_turned_bad="LineTurnedBad" in bodies,
    )


_STEPS = frozenset({"Say", "Ask", "RunFunction", "Instruct", "Transfer", "EndCall"})


def _latencies(records: Sequence[Record]) -> Mapping[str, Sequence[float]]:
    timed = [record.body for record in records if record.name == "ResponseTimed"]
    return {
        name: [float(value) for body in timed if isinstance(value := body.get(stage), int | float)]
        for stage, name in STAGES.items()
    }


def _early(records: Sequence[Record]) -> EarlyAnswers:
    bodies = [record.body for record in records if record.name == "PreemptiveAnswer"]
    used = sum(bool(body["used"]) for body in bodies)
    costs = [
        sum(int(_number(body[name])) for body in bodies) for name in ("input_tokens", "output_tokens", "characters")
    ]
    return EarlyAnswers(used, len(bodies) - used, *costs)


def _tools(records: Sequence[Record]) -> list[tuple[str, str, float]]:
    """Return name, status and duration of each tool call that ended."""
    ends = {record.body["id"]: record for record in records if record.name == "ToolEnded"}
    return [
        (str(one.body["name"]), str(end.body["status"]), max(end.elapsed - one.elapsed, 0.0))
        for one in records
        if one.name == "ToolStarted" and (end := ends.get(one.body["id"])) is not None
    ]


def _is_problem(record: Record) -> bool:
    return record.kind == "fact" and phrase(record.name, record.body)[1] == "problem"


def _usage(body: Mapping[str, object]) -> list[ModelUsage]:
    """Return the usage of each model. Journals of older versions have only the sums of all models."""
    models = body.get("models")
    if isinstance(models, list) and models:
        return [_model(one) for one in models if isinstance(one, Mapping)]
    sums = _known({**body, "kind": "llm", "provider": "", "model": "all models"})
    return [ModelUsage(**sums)] if body else []


def _model(body: Mapping[str, object]) -> ModelUsage:
    return ModelUsage(**_known(body))


def _known(body: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(ModelUsage)}
    return {name: value for name, value in body.items() if name in names}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
