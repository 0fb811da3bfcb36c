"""Makes the tracing spans of a call from its records: spans for the call, its turns, STT, LLM, TTS and tools."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from offhook.core.record import Record
from offhook.reports.call_figures import figures_of
from offhook.reports.voices import Speech, voices

__all__ = ["Span", "spans_of"]

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Span:
    """One tracing span. The times are Unix times in seconds. OpenTelemetry's conventions define the attributes whose
    names begin with `gen_ai`.
    """

    name: Literal["call", "turn", "stt", "llm", "tts", "tool"]
    start: float
    end: float
    attributes: Mapping[str, Value] = field(default_factory=dict)
    children: Sequence["Span"] = ()
    error: str = ""


def spans_of(records: Sequence[Record], *, text: bool = False) -> Span:
    """Return the span of the call, which contains all other spans. Without `text`, no span has words, tool arguments or
    tool results.
    """
    first, last = records[0], records[-1]
    zero = first.at - first.elapsed
    figures = figures_of(records)
    problem = next((one for one in records if one.name == "Ended" and one.body["reason"] == "error"), None)
    return Span(
        "call",
        first.at,
        max(last.at, first.at),
        {
            "offhook.call": first.call,
            "offhook.room": next((str(one.body["room"]) for one in records if "room" in one.body), ""),
            "gen_ai.agent.name": figures.agent,
            "gen_ai.agent.version": figures.version,
            "offhook.reason": figures.reason,
            "offhook.seconds": figures.seconds,
            "offhook.longest_silence": round(figures.longest_silence, 3),
            "offhook.interruptions": figures.interruptions,
            **_usage(records[-1:], [one for one in records if one.name == "UsageUpdated"]),
        },
        children=[*_turns(records, zero, text=text), *_tools(records, zero, text=text)],
        error=str(problem.body["detail"]) if problem else "",
    )


def _turns(records: Sequence[Record], zero: float, *, text: bool) -> Iterator[Span]:
    """Yield a span for each answer. The span lasts from the end of the caller's speech to the end of the answer's
    playout.
    """
    timed = [one for one in records if one.name == "ResponseTimed"]
    heard = voices(records)
    answers = [one for one in heard.agent if one.answered_in is not None]
    for answer, timing in zip(answers, timed, strict=False):
        yield _turn(answer, timing, records, zero=zero, text=_words(heard.caller, answer) if text else None)


def _turn(answer: Speech, timing: Record, records: Sequence[Record], *, zero: float, text: str | None) -> Span:
    start = answer.start - (answer.answered_in or 0.0)
    used = [one for one in records if one.name == "UsageUpdated"]
    during = [one for one in used if start <= one.elapsed <= answer.end + 1.0]
    before = [one for one in used if one.elapsed < start]
    words = {} if text is None else {"offhook.caller": text, "offhook.agent": answer.text}
    return Span(
        "turn",
        zero + start,
        zero + answer.end,
        {
            "offhook.response_seconds": answer.answered_in or 0.0,
            "offhook.interrupted": answer.interrupted,
            **_usage(before, during),
            **words,
        },
        children=list(_stages(timing.body, zero + start, zero + answer.start, zero + answer.end)),
    )


def _stages(body: Mapping[str, object], start: float, spoken: float, end: float) -> Iterator[Span]:
    """Yield a span for each stage of the answer: STT, LLM and TTS. For a Realtime model, yield only one span, because
    its stages are not known.
    """
    parts = [(name, body.get(key)) for name, key in (("stt", "committed"), ("llm", "model"), ("tts", "voice"))]
    if all(seconds is None for _, seconds in parts[1:]):
        yield Span("llm", start, end, {"gen_ai.operation.name": "chat"})
        return
    for name, seconds in parts:
        if not isinstance(seconds, int | float):
            continue
        until = min(start + max(seconds, 0.0), spoken)
        match name:
            case "stt":
                yield Span("stt", start, until)
            case "llm":
                yield Span("llm", start, until, {"gen_ai.operation.name": "chat"})
            case _:
                yield Span("tts", start, max(end, until))
        start = until


def _words(caller: Sequence[Speech], answer: Speech) -> str:
    """Return the caller's last words before this answer."""
    return next((one.text for one in reversed(caller) if one.text and one.start < answer.start), "")


def _usage(before: Sequence[Record], during: Sequence[Record]) -> Mapping[str, Value]:
    """Return the tokens that were used between the last record of `before` and the last record of `during`. The records
    contain sums since the start of the call.
    """
    if not during:
        return {}
    old = before[-1].body if before and before[-1].name == "UsageUpdated" else {}
    new = during[-1].body
    return {
        f"gen_ai.usage.{name}": _count(new.get(name)) - _count(old.get(name))
        for name in ("input_tokens", "output_tokens", "input_audio_tokens", "output_audio_tokens")
        if new.get(name)
    }


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _tools(records: Sequence[Record], zero: float, *, text: bool) -> Iterator[Span]:
    ends = {one.body["id"]: one for one in records if one.name == "ToolEnded"}
    for one in records:
        if one.name != "ToolStarted":
            continue
        end = ends.get(one.body["id"])
        attributes: dict[str, Value] = {
            "gen_ai.tool.name": str(one.body["name"]),
            "gen_ai.tool.call.id": str(one.body["id"]),
        }
        if text:
            attributes["gen_ai.tool.call.arguments"] = str(one.body["arguments"])
            attributes["gen_ai.tool.call.result"] = str(end.body["output"]) if end else ""
        failed = end is None or end.body["status"] == "error"
        until = end.elapsed if end else records[-1].elapsed
        yield Span(
            "tool", zero + one.elapsed, zero + max(until, one.elapsed), attributes,
            error=("not finished" if end is None else "the tool failed") if failed else "",
        )  # fmt: skip
