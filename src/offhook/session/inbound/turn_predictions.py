"""Gets the predictions of LiveKit's turn detector for one silence, each within a time limit."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from livekit.agents.voice.turn import TurnDetectionEvent

from offhook.policies.endpointing.wait import ASK_AGAIN

__all__ = ["TIMEOUT", "TurnPredictions"]

TIMEOUT = 0.8
"""Seconds to wait for the detector's prediction. A prediction usually takes 0.02 s, but the first one on a busy machine
takes 0.5 s.
"""
_LATE_TIMEOUT = 0.2
"""The shorter time limit, in seconds, that replaces `TIMEOUT` after a prediction was late or failed. `TIMEOUT` applies
again when a prediction has come in time.
"""
_ASKED_AT = 0.256
"""LiveKit asks its detector for the first time after this many seconds of silence (eight windows of the VAD)."""

Prediction = asyncio.Future[TurnDetectionEvent]


class TurnPredictions:
    """Asks a stream of the detector once or twice in each silence. A prediction that does not arrive in time counts as
    unknown.
    """

    def __init__(self, stream: Any, tell: Callable[[str], None]) -> None:
        self._stream, self._tell = stream, tell
        self.first: float | None = None
        self.second: float | None = None
        self._started_at = 0.0
        self._timeout = TIMEOUT

    def start(self) -> Prediction:
        """Start the first prediction for a silence. The returned future never raises and ends within the time limit."""
        self.first = self.second = None
        self._started_at = asyncio.get_running_loop().time()
        return self._ask(self._remember_first)

    async def ask_again(self) -> None:
        """Ask a second time, later in the same silence. LiveKit cancels this request when the caller speaks again."""
        due = self._started_at + ASK_AGAIN - _ASKED_AT
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        await self._ask(self._remember_second)

    def _remember_first(self, probability: float) -> None:
        self.first = probability

    def _remember_second(self, probability: float) -> None:
        self.second = probability

    def _ask(self, remember: Callable[[float], None]) -> Prediction:
        loop = asyncio.get_running_loop()
        answer: Prediction = loop.create_future()
        try:
            asked: Prediction = self._stream.predict()
        except Exception as error:  # noqa: BLE001  # a detector may raise any error, but the turn must still end
            self._give_up(answer, f"the turn detector raised {error!r}")
            return answer
        late = loop.call_later(self._timeout, self._give_up, answer, "the turn detector gave no answer in time")

        def done(asked: Prediction) -> None:
            late.cancel()
            self._take(asked, answer, remember)

        asked.add_done_callback(done)
        return answer

    def _take(self, asked: Prediction, answer: Prediction, remember: Callable[[float], None]) -> None:
        if answer.done():
            return
        if asked.cancelled() or asked.exception() is not None:
            self._give_up(answer, f"the turn detector failed: {None if asked.cancelled() else asked.exception()!r}")
            return
        probability = asked.result().end_of_turn_probability
        if not math.isfinite(probability):
            self._give_up(answer, f"the turn detector gave {probability}")
            return
        self._timeout = TIMEOUT
        remember(min(max(probability, 0.0), 1.0))
        answer.set_result(asked.result())

    def _give_up(self, answer: Prediction, problem: str) -> None:
        if answer.done():
            return
        self._timeout = _LATE_TIMEOUT
        self._tell(f"{problem}; the wait is chosen without an answer")
        answer.set_result(TurnDetectionEvent("eot_prediction", end_of_turn_probability=0.0, last_speaking_time=0.0))
