"""Sends the spans of finished calls to an OpenTelemetry collector, over OTLP/HTTP."""

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from offhook.core.record import Record
from offhook.journal.masking import masked
from offhook.redaction.redactor import Redactor
from offhook.reports.spans import Span, spans_of

__all__ = ["CallTracer"]

NANOSECONDS = 1_000_000_000


class CallTracer:
    """Exports the spans of calls to the collector at `address`. If the collector does not answer, no call is delayed.

    With `text`, spans contain the words of the call; personal data is masked. This class does not change LiveKit's own
    tracing.
    """

    def __init__(self, address: str, *, text: bool = False, exporter: SpanExporter | None = None) -> None:
        self._text = text
        self._provider = TracerProvider(resource=Resource.create({"service.name": "offhook"}), shutdown_on_exit=False)
        sent_to = exporter or OTLPSpanExporter(endpoint=f"{address.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(sent_to))
        self._tracer = self._provider.get_tracer("offhook")

    def add(self, records: Sequence[Record]) -> None:
        """Queue the spans of one finished call."""
        if records:
            shown = masked(records, Redactor()) if self._text else records
            self._emit(spans_of(shown, text=self._text), None)

    def close(self) -> None:
        """Send the queued spans, and stop the exporter. Sending may take several seconds."""
        self._provider.shutdown()

    def _emit(self, span: Span, parent: trace.Span | None) -> None:
        context = trace.set_span_in_context(parent) if parent is not None else Context()
        started = self._tracer.start_span(
            span.name, context=context, start_time=int(span.start * NANOSECONDS), attributes=span.attributes
        )
        if span.error:
            started.set_status(trace.Status(trace.StatusCode.ERROR, span.error if self._text else ""))
        for child in span.children:
            self._emit(child, started)
        started.end(int(span.end * NANOSECONDS))
