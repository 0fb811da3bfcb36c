"""The spans of a call: what they contain and how long they are."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from offhook.core.errors import SettingsError
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Connected,
    Ended,
    MessageCommitted,
    ResponseTimed,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
    UsageUpdated,
)
from offhook.core.record import Record
from offhook.reports.spans import Span, spans_of
from offhook.reports.tracing import CallTracer
from offhook.settings import Settings
from offhook.worker.finished_calls import FinishedCalls

Make = Callable[..., list[Record]]


def _script(timing: ResponseTimed) -> list[tuple[float, object]]:
    return [
        (0.0, Connected("desk", "agent-1", "desk", "v2")),
        (1.0, CallerStateChanged("speaking", since=1.0)),
        (2.0, TranscriptReceived("my pin is 4711", final=True)),
        (2.0, CallerStateChanged("listening", since=2.0)),
        (2.0, UsageUpdated(input_tokens=10, output_tokens=1)),
        (2.2, ToolStarted("t1", "check", '{"pin": 4711}')),
        (2.4, ToolEnded("t1", "done", "pin 4711 is right")),
        (3.0, AgentStateChanged("speaking", since=3.0)),
        (5.0, UsageUpdated(input_tokens=110, output_tokens=21)),
        (5.0, MessageCommitted("assistant", "4711 is right.")),
        (5.0, AgentStateChanged("listening", since=5.0)),
        (5.0, timing),
        (6.0, ToolStarted("t2", "book", "{}")),
        (9.0, Ended("error", "no LLM", 9.0)),
    ]


PIPELINE = ResponseTimed(0.95, committed=0.3, model=0.4, voice=0.25)


def _names(span: Span) -> list[str]:
    return [span.name, *(name for child in span.children for name in _names(child))]


def test_spans_of_a_pipeline_follow_each_other(records: Make) -> None:
    span = spans_of(records(*_script(PIPELINE)))
    assert _names(span) == ["call", "turn", "stt", "llm", "tts", "tool", "tool"]
    turn = span.children[0]
    assert [(one.name, round(one.start - 1000, 2), round(one.end - 1000, 2)) for one in (turn, *turn.children)] == [
        ("turn", 2.05, 5.0),
        ("stt", 2.05, 2.35),
        ("llm", 2.35, 2.75),
        ("tts", 2.75, 5.0),
    ]
    assert turn.attributes["gen_ai.usage.input_tokens"] == 100
    assert span.attributes["gen_ai.usage.output_tokens"] == 21
    assert (span.attributes["gen_ai.agent.version"], span.attributes["offhook.reason"]) == ("v2", "error")
    assert (span.error, span.children[-1].error) == ("no LLM", "not finished")


def test_a_realtime_answer_is_one_span(records: Make) -> None:
    span = spans_of(records(*_script(ResponseTimed(0.95))))
    assert _names(span.children[0]) == ["turn", "llm"]


def _told(spans: Iterable[ReadableSpan]) -> str:
    """All texts of the spans. The random ids are left out, because they may contain any digits."""
    return "".join(
        f"{span.name} {dict(span.attributes or {})} {[dict(e.attributes or {}) for e in span.events]}" for span in spans
    )


@pytest.mark.parametrize("text", [False, True])
def test_words_are_in_the_spans_only_if_asked_for(records: Make, text: bool) -> None:
    exporter = InMemorySpanExporter()
    tracer = CallTracer("http://localhost:1", text=text, exporter=exporter)
    tracer.add(records(*_script(PIPELINE)))
    tracer.add([])
    tracer.close()
    spans: tuple[ReadableSpan, ...] = exporter.get_finished_spans()
    (root,) = [span for span in spans if span.parent is None]
    assert len({span.context.trace_id for span in spans}) == 1
    assert root.name == "call"
    assert root.start_time == 1000 * 10**9
    assert ("4711" in _told(spans)) == text


def test_personal_data_is_masked_in_spans_with_words(records: Make) -> None:
    exporter = InMemorySpanExporter()
    tracer = CallTracer("http://localhost:1", text=True, exporter=exporter)
    script = [
        (at, replace(fact, text="my card is 4111 1111 1111 1111") if isinstance(fact, TranscriptReceived) else fact)
        for at, fact in _script(ResponseTimed(1.0, 0.3, 0.4, 0.3))
    ]
    script[5] = (2.2, ToolStarted("t1", "check", '{"to": "ada@example.com"}'))
    tracer.add(records(*script))
    tracer.close()
    told = _told(exporter.get_finished_spans())
    assert "[card]" in told
    assert "[email]" in told
    assert not [one for one in ("4111", "ada@example.com") if one in told]


def test_a_finished_call_that_cannot_be_counted_is_logged_and_loses_nothing_else(
    records: Make, caplog: pytest.LogCaptureFixture
) -> None:
    finished = FinishedCalls(Settings())
    finished.add([Record("bad", 0, 1.0, 1.0, "fact", "ToolEnded", {})])
    assert "could not be counted" in caplog.text
    finished.add(records(*_script(PIPELINE)))
    assert sum(sample.value for metric in finished.metrics.collect() for sample in metric.samples
               if sample.name == "offhook_calls_ended_total") == 1.0  # fmt: skip


def test_worker_with_an_unreadable_price_table_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="check OFFHOOK_PRICES"):
        FinishedCalls(Settings.model_validate({"OFFHOOK_PRICES": str(tmp_path / "none.toml")}))
