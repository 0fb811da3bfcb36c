"""Sends webhooks while the worker runs."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Final

from offhook.core.errors import JournalError
from offhook.core.webhooks import Receiver
from offhook.redaction.isolated import IsolatedDetector
from offhook.redaction.redactor import Redactor
from offhook.settings import Settings
from offhook.webhooks.lock import ReceiverLock
from offhook.webhooks.sender import Sender

__all__ = ["sending"]

log = logging.getLogger("offhook")

_POLL: Final = 1.0
"""Interval in seconds between two checks of the outbox. The job processes write to the outbox, but SQLite does not
report these writes.
"""
_TIDY: Final = 3600.0
_LAST: Final = 5.0
"""Maximum seconds to send the last messages when the worker stops. The worker sends the rest after its next start."""


@contextlib.asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[None]:
    """Send webhooks while the block runs, and the last webhooks after the block. Without receivers, do nothing."""
    receivers = settings.webhook_receivers
    if not receivers:
        yield
        return
    detectors = [IsolatedDetector(settings.redactor)] if settings.redactor else []
    redactor = Redactor(regions=settings.own_phone_regions, detectors=detectors)
    sender = Sender(settings.journal, receivers, redactor, private=settings.webhooks_private)
    stopping = asyncio.Event()
    loops = [
        asyncio.create_task(_send(sender, one, settings, stopping), name=f"offhook webhooks {one.name}")
        for one in receivers
    ]
    log.info("webhooks are sent", extra={"receivers": [one.name for one in receivers]})
    try:
        yield
    finally:
        stopping.set()
        _, late = await asyncio.wait(loops, timeout=_LAST)
        for task in late:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await sender.close()
        for detector in detectors:
            detector.close()


async def _send(sender: Sender, receiver: Receiver, settings: Settings, stopping: asyncio.Event) -> None:
    """Every second until `stopping` is set, and then once more, send the messages that are due. After an error, sending
    continues. If several errors follow one another, only the first error is logged.
    """
    failing = False
    tidied = -_TIDY
    with ReceiverLock(settings.journal, receiver) as lock:
        last = False
        while not last:
            last = stopping.is_set()
            try:
                if lock.take():
                    await sender.deliver(receiver)
                    if time.monotonic() >= tidied + _TIDY:
                        tidied = time.monotonic()
                        await sender.tidy()
                failing = False
            except (JournalError, OSError) as error:
                if not failing:
                    log.error("webhooks wait: the outbox cannot be used", extra={"error": str(error)})
                failing = True
            except Exception:  # an error in the webhooks must not stop the worker
                if not failing:
                    log.exception("sending webhooks failed; the worker tries again", extra={"receiver": receiver.name})
                failing = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL):
                    await stopping.wait()
