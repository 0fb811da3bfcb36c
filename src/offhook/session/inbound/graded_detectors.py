"""Turn detectors for LiveKit that set the length of the wait. LiveKit alone chooses between two delays.

livekit-agents 1.8.9 gets the prediction, awaits `unlikely_threshold`, compares the two, and then reads `max_delay` if
the probability is below the threshold, else the `min_delay` that it read before. `tests/upstream` fails if this order
changes.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import (
    AgentSession,
    APIConnectOptions,
    EndpointingOptions,
    LanguageCode,
    TurnHandlingOptions,
    inference,
)
from livekit.agents.llm import ChatContext
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice.turn import TurnDetectionEvent

from offhook.core.errors import PlanError
from offhook.core.patience import PRESETS, Patience, Preset
from offhook.policies.endpointing.wait import ASK_AGAIN, combine
from offhook.session.inbound.endpointing import Endpointing

__all__ = ["GradedDetector", "TranscriptDetector", "grade_session", "with_patience"]

log = logging.getLogger("offhook")

PATIENCE = 0.8
"""Seconds to wait for the detector. The detector needs 0.02 s. On a busy machine, its first answer needs half a
second."""
_LATE_PATIENCE = 0.2
"""After an answer that came too late, the time limit is this many seconds, until an answer comes in time."""
ASKED_AT = 0.256
"""Seconds of silence at which LiveKit asks its detector the first time: eight windows of the VAD."""
_MINI = "turn-detector-v1-mini"
_NEVER = 1.01
"""A threshold above every probability."""
_ENGLISH = 0.36
"""The detector's threshold for English, for which the presets were measured."""


def with_patience(
    handling: TurnHandlingOptions, patience: Preset | Patience
) -> tuple[TurnHandlingOptions, Endpointing | None]:
    """Return the options with a detector that chooses the waits, and the object with which the detector chooses.

    With "stt", the provider ends the turns, and with "realtime_llm", the model does: these options stay as they are.
    """
    detection = handling.get("turn_detection")
    endpointing = Endpointing(patience)
    graded: GradedDetector | TranscriptDetector
    if isinstance(detection, inference.TurnDetector) and detection.model == _MINI:
        graded = GradedDetector(endpointing, plain=handling)
    elif detection == "vad":
        graded = TranscriptDetector(endpointing, plain=handling)
    else:
        return handling, None
    # `max_delay` is set at each silence. Until then, it stays LiveKit's: the detection of voicemail uses it too.
    delays = EndpointingOptions(mode="fixed", min_delay=endpointing.shortest)
    return {**handling, "turn_detection": graded, "endpointing": delays}, endpointing


def grade_session(session: AgentSession[Any], patience: Preset | Patience) -> None:
    """Let the patience choose the waits of a session that the agent's own code made. Call this before the session
    starts.

    Raises `PlanError` if LiveKit's cloud detector, the STT, the model or the agent's own code ends the turns.
    """
    if isinstance(patience, str) and patience not in PRESETS:
        raise PlanError(f"endpointing={patience!r} is unknown; use one of {', '.join(PRESETS)}, or a Patience")
    handling, endpointing = with_patience({"turn_detection": session.turn_detection}, patience)
    if endpointing is None:
        raise PlanError(
            'endpointing=… needs a session with turn_detection="vad" or inference.TurnDetector(version="v1-mini")'
        )
    session.update_options(turn_detection=handling["turn_detection"], endpointing_opts=handling["endpointing"])
    endpointing.belongs_to(session)


class GradedDetector(inference.TurnDetector):
    """LiveKit's local detector v1-mini. The probability chooses the wait. `plain` has the options without this."""

    def __init__(self, endpointing: Endpointing, *, plain: TurnHandlingOptions) -> None:
        super().__init__(version="v1-mini")
        self._endpointing, self.plain = endpointing, plain

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        return _GradedStream(self.open(conn_options=conn_options), self._endpointing)

    def open(self, *, conn_options: APIConnectOptions) -> Any:
        """Return the stream of LiveKit's detector."""
        return super().stream(conn_options=conn_options)


class _GradedStream:
    """A stream of the detector. A prediction that does not arrive in time counts as not known."""

    def __init__(self, inner: Any, endpointing: Endpointing) -> None:
        self._inner, self._endpointing = inner, endpointing
        self._first: float | None = None
        self._second: float | None = None
        self._asked_at = 0.0
        self._patience = PATIENCE

    @property
    def model(self) -> str:
        return str(self._inner.model)

    @property
    def provider(self) -> str:
        return str(self._inner.provider)

    @property
    def is_fallback(self) -> bool:
        return bool(self._inner.is_fallback)

    @property
    def prediction_timeout(self) -> float:
        return float(self._inner.prediction_timeout)

    async def supports_language(self, language: LanguageCode | None) -> bool:  # noqa: ARG002  # LiveKit's signature
        """Return True: in a language that the detector does not support, the transcript chooses the wait."""
        return True

    async def backchannel_threshold(self, language: LanguageCode | None) -> float | None:
        found: float | None = await self._inner.backchannel_threshold(language)
        return found

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:
        """Choose the wait. Return a threshold with which LiveKit uses `max_delay` if it is longer than `min_delay`.

        Never raises: LiveKit would not end the turn at all.
        """
        try:
            return await self._threshold(language)
        except Exception as error:
            log.exception("the wait could not be chosen; LiveKit's shortest delay is used")
            self._endpointing.tell(f"the wait at the end of a turn could not be chosen: {error!r}")
            return 0.0

    async def _threshold(self, language: LanguageCode | None) -> float:
        threshold: float | None = await self._inner.unlikely_threshold(language)
        first = _in_english(self._first, threshold)
        if self._first is not None and self._second is None and not self._endpointing.sure(first):
            await self._ask_again()
        wait = self._endpointing.choose(combine(first, _in_english(self._second, threshold)))
        if wait is None:
            return 0.0 if threshold is None else threshold
        return _NEVER if wait > self._endpointing.shortest else 0.0

    def predict(self) -> asyncio.Future[TurnDetectionEvent]:
        """Start the prediction for a silence. The future never fails and never hangs."""
        self._first = self._second = None
        self._asked_at = asyncio.get_running_loop().time()
        return self._ask(self._remember_first)

    async def _ask_again(self) -> None:
        """Ask a second time, later in the same silence. LiveKit cancels this when the caller goes on."""
        due = self._asked_at + ASK_AGAIN - ASKED_AT
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        await self._ask(self._remember_second)

    def _remember_first(self, probability: float) -> None:
        self._first = probability

    def _remember_second(self, probability: float) -> None:
        self._second = probability

    def _ask(self, remember: Callable[[float], None]) -> asyncio.Future[TurnDetectionEvent]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[TurnDetectionEvent] = loop.create_future()
        try:
            asked: asyncio.Future[TurnDetectionEvent] = self._inner.predict()
        except Exception as error:  # noqa: BLE001  # a detector may raise anything; the turn must end
            self._give_up(answer, f"the turn detector raised {error!r}")
            return answer
        late = loop.call_later(self._patience, self._give_up, answer, "the turn detector gave no answer in time")

        def done(asked: asyncio.Future[TurnDetectionEvent]) -> None:
            late.cancel()
            self._take(asked, answer, remember)

        asked.add_done_callback(done)
        return answer

    def cancel_inference(self, *, timed_out: bool = False) -> None:
        self._inner.cancel_inference(timed_out=timed_out)

    def flush(self, reason: str | None = None) -> None:
        self._inner.flush(reason)

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self._inner.push_audio(frame)

    def end_input(self) -> None:
        self._inner.end_input()

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _take(
        self,
        asked: asyncio.Future[TurnDetectionEvent],
        answer: asyncio.Future[TurnDetectionEvent],
        remember: Callable[[float], None],
    ) -> None:
        if answer.done():
            return
        if asked.cancelled() or asked.exception() is not None:
            self._give_up(answer, f"the turn detector failed: {None if asked.cancelled() else asked.exception()!r}")
            return
        probability = asked.result().end_of_turn_probability
        if not math.isfinite(probability):
            self._give_up(answer, f"the turn detector gave {probability}")
            return
        self._patience = PATIENCE
        remember(min(max(probability, 0.0), 1.0))
        answer.set_result(asked.result())

    def _give_up(self, answer: asyncio.Future[TurnDetectionEvent], problem: str) -> None:
        if answer.done():
            return
        self._patience = _LATE_PATIENCE
        self._endpointing.tell(f"{problem}; the wait is chosen without it")
        answer.set_result(TurnDetectionEvent("eot_prediction", end_of_turn_probability=0.0, last_speaking_time=0.0))


class TranscriptDetector:
    """A turn detector without a model: the transcript and other evidence choose the wait."""

    model, provider = "transcript", "offhook"

    def __init__(self, endpointing: Endpointing, *, plain: TurnHandlingOptions) -> None:
        self._endpointing, self.plain = endpointing, plain

    async def supports_language(self, language: LanguageCode | None) -> bool:  # noqa: ARG002  # LiveKit's signature
        return True

    async def predict_end_of_turn(self, chat_ctx: ChatContext, *, timeout: float | None = None) -> float:  # noqa: ARG002, ASYNC109  # LiveKit's signature
        return 0.5

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:  # noqa: ARG002  # LiveKit's signature
        wait = self._endpointing.choose(None)  # if this raises, LiveKit uses `min_delay`
        return _NEVER if wait is not None and wait > self._endpointing.shortest else 0.0


def _in_english(probability: float | None, threshold: float | None) -> float | None:
    """Adjust a probability of another language, so that this language's threshold becomes the threshold of English.

    Without a threshold, the detector does not support the language, and its probability says nothing.
    """
    if probability is None or threshold is None:
        return None
    if threshold == _ENGLISH or not 0 < threshold < 1:
        return probability
    kept = min(max(probability, 0.001), 0.999)
    odds = kept / (1 - kept) * (1 - threshold) / threshold * _ENGLISH / (1 - _ENGLISH)
    return odds / (1 + odds)
