"""Turn detectors that set how long LiveKit waits at a silence of the caller. With other detectors, LiveKit chooses
between two fixed delays.

livekit-agents 1.8.9 gets the predicted probability, awaits `unlikely_threshold` and compares the two numbers. If the
probability is below the threshold, LiveKit then reads `max_delay`; otherwise LiveKit uses `min_delay`, which it has
read already. `tests/upstream` fails if this order changes.
"""

import asyncio
import logging
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
from offhook.policies.endpointing.wait import combine, in_english
from offhook.session.inbound.endpointing import Endpointing
from offhook.session.inbound.turn_predictions import TurnPredictions

__all__ = ["GradedDetector", "TranscriptDetector", "grade_session", "with_patience"]

log = logging.getLogger("offhook")

_MINI = "turn-detector-v1-mini"
_NEVER = 1.01
"""A threshold above every probability, so that LiveKit uses `max_delay`."""


def with_patience(
    handling: TurnHandlingOptions, patience: Preset | Patience
) -> tuple[TurnHandlingOptions, Endpointing | None]:
    """Return the options with a detector that sets how long LiveKit waits, and the `Endpointing` of this detector.

    This works only with LiveKit's local detector v1-mini and with "vad". For any other turn detection, return the
    options unchanged, and None.
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
    # `max_delay` is set at each silence. Before the first silence, LiveKit's own `max_delay` stays, because the
    # voicemail detection uses it too.
    delays = EndpointingOptions(mode="fixed", min_delay=endpointing.shortest)
    return {**handling, "turn_detection": graded, "endpointing": delays}, endpointing


def grade_session(session: AgentSession[Any], patience: Preset | Patience) -> None:
    """Let `patience` determine how long LiveKit waits in a session that the agent's own code made. Call this function
    before the session starts.

    Raises `PlanError` for an unknown patience. Raises `PlanError` too if LiveKit's cloud detector, the STT, a Realtime
    model or the agent's own code ends the caller's turns.
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
    """LiveKit's local detector v1-mini, whose probability determines how long LiveKit waits. `plain` has the
    turn-handling options as they were before `with_patience` replaced the turn detector and the delays.
    """

    def __init__(self, endpointing: Endpointing, *, plain: TurnHandlingOptions) -> None:
        super().__init__(version="v1-mini")
        self._endpointing, self.plain = endpointing, plain

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> Any:
        return _GradedStream(self.open(conn_options=conn_options), self._endpointing)

    def open(self, *, conn_options: APIConnectOptions) -> Any:
        """Return the original stream of LiveKit's detector."""
        return super().stream(conn_options=conn_options)


class _GradedStream:
    """A stream of the detector. It works like LiveKit's stream, but its method `unlikely_threshold` also sets how long
    LiveKit waits for the end of the turn.
    """

    def __init__(self, inner: Any, endpointing: Endpointing) -> None:
        self._inner, self._endpointing = inner, endpointing
        self._predictions = TurnPredictions(inner, endpointing.tell)

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
        """Always return True: if the detector does not support the language, the transcript determines the wait."""
        return True

    async def backchannel_threshold(self, language: LanguageCode | None) -> float | None:
        found: float | None = await self._inner.backchannel_threshold(language)
        return found

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:
        """Choose how long LiveKit waits. If this time is longer than `min_delay`, return a threshold that makes LiveKit
        use `max_delay`.

        Never raises, because after an error LiveKit would not end the turn.
        """
        try:
            return await self._threshold(language)
        except Exception as error:
            log.exception("the wait could not be chosen; LiveKit's shortest delay is used")
            self._endpointing.tell(f"the wait at the end of a turn could not be chosen: {error!r}")
            return 0.0

    async def _threshold(self, language: LanguageCode | None) -> float:
        threshold: float | None = await self._inner.unlikely_threshold(language)
        asked = self._predictions
        first = in_english(asked.first, threshold)
        if asked.first is not None and asked.second is None and not self._endpointing.sure(first):
            await asked.ask_again()
        wait = self._endpointing.choose(combine(first, in_english(asked.second, threshold)))
        if wait is None:
            return 0.0 if threshold is None else threshold
        return _NEVER if wait > self._endpointing.shortest else 0.0

    def predict(self) -> asyncio.Future[TurnDetectionEvent]:
        """Start the prediction for a silence. The returned future never raises, and ends within the time limit."""
        return self._predictions.start()

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


class TranscriptDetector:
    """A turn detector without a model: the transcript and other evidence determine the wait."""

    model, provider = "transcript", "offhook"

    def __init__(self, endpointing: Endpointing, *, plain: TurnHandlingOptions) -> None:
        self._endpointing, self.plain = endpointing, plain

    async def supports_language(self, language: LanguageCode | None) -> bool:  # noqa: ARG002  # LiveKit's signature
        return True

    async def predict_end_of_turn(self, chat_ctx: ChatContext, *, timeout: float | None = None) -> float:  # noqa: ARG002, ASYNC109  # LiveKit's signature
        return 0.5

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:  # noqa: ARG002  # LiveKit's signature
        wait = self._endpointing.choose(None)  # if `choose` raises, LiveKit uses `min_delay`
        return _NEVER if wait is not None and wait > self._endpointing.shortest else 0.0
