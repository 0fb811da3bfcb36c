"""Sends one test message to each receiver immediately, without the outbox."""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from offhook.core.webhooks import Receiver
from offhook.webhooks.post import Answer, open_session, post

__all__ = ["TEST_EVENT", "send_test"]

TEST_EVENT = "webhook.test"


async def send_test(receivers: Sequence[Receiver], *, private: bool) -> Sequence[tuple[Receiver, Answer]]:
    """Send the test messages. Return each receiver with its answer."""
    now = time.time()
    when = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps({"type": TEST_EVENT, "timestamp": when, "data": {}}, separators=(",", ":"))
    message = f"msg_{secrets.token_hex(16)}"
    async with open_session(private=private) as session:
        sent = (post(session, one, message, body, now=now, private=private) for one in receivers)
        return list(zip(receivers, await asyncio.gather(*sent), strict=True))
