"""Words for what went wrong in a call, and for what was tried because of it."""

from collections.abc import Mapping
from typing import Any

__all__ = ["hearing_lost", "model_failed", "retry"]

_RETRIES = {
    "tool": "gives up the tool, and asks the model for words",
    "loop": "asks the model for words, without tools",
    "unheard": "gives up the answer to what was heard in part",
    "ears": "turns to the next recogniser, where there is one",
}


def model_failed(body: Mapping[str, Any]) -> str:
    """Ears, brain or voice."""
    return f"{body['stage']} failed: {body['error']}" + (" (may recover)" if body["recoverable"] else "")


def hearing_lost(body: Mapping[str, Any]) -> str:
    """How long, and what of the caller's words went with it."""
    lost = f", {body['voice']:.1f} s of their voice are lost" if body["voice"] else ""
    return f"was not heard for {body['seconds']:.1f} s, as the recogniser broke off{lost}: {body['error']}"


def retry(body: Mapping[str, Any]) -> str:
    """What is tried, by its tag."""
    return _RETRIES.get(str(body["tag"]), "lets the model try again")
