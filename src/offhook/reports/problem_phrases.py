"""Makes the timeline's texts for problems in a call, and for the retries that follow."""

from collections.abc import Mapping
from typing import Any

__all__ = ["model_failed", "retry_answer", "stt_interrupted"]

_RETRIES = {
    "tool": "stops the tool, and requests text from the LLM",
    "loop": "requests text from the LLM, without tools",
    "entry_code": "requests text from the LLM, while on_enter continues",
}


def model_failed(body: Mapping[str, Any]) -> str:
    """Return the text of `ModelFailed`: the failed stage, such as STT, LLM or TTS, and the error."""
    return f"{body['stage']} failed: {body['error']}" + (" (may recover)" if body["recoverable"] else "")


def stt_interrupted(body: Mapping[str, Any]) -> str:
    """Return the text of `SttInterrupted`: how long the STT was interrupted, and how much speech was lost."""
    lost = f", {body['voice']:.1f} s of speech lost" if body["voice"] else ""
    return f"was not transcribed for {body['seconds']:.1f} s, because the STT disconnected{lost}: {body['error']}"


def retry_answer(body: Mapping[str, Any]) -> str:
    """Return the text of `RetryAnswer`, which depends on the cause of the retry."""
    return _RETRIES.get(str(body["tag"]), "retries the answer")
