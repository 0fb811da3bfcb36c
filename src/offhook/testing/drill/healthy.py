"""The first call of a drill: without a fault, to see whether the agent can hold the drill's call at all."""

import logging
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from offhook.testing.drill.lines import LINES
from offhook.testing.drill.rehearse import rehearse
from offhook.testing.drill.verdict import judge

__all__ = ["why_not_healthy"]


def why_not_healthy(agent: Path, *, environ: Mapping[str, str] | None = None) -> str:
    """Play the drill's call without a fault; return why the agent cannot hold it, or "" if it can."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_reason, agent, environ or {}).result()


def _reason(agent: Path, environ: Mapping[str, str]) -> str:
    logging.lastResort = None
    try:
        call = rehearse(agent, None, environ=environ)
    except Exception as error:  # noqa: BLE001  # any error is the reason
        return str(error) or type(error).__name__
    verdict = judge(call)
    if verdict.answered == len(LINES) and verdict.ended == "caller":
        return ""
    if call.errors:
        return call.errors[0]
    return f"{verdict.answered} of {len(LINES)} questions were answered, and the call ended: {verdict.ended}"
