"""Importing this does what the OpenAI client puts off until it is used, so that no call waits: 0.1 s with openai 2."""

from contextlib import suppress
from threading import Thread

import anyio
import anyio.streams.stapled  # imported by the first connection
import openai
import openai.lib.streaming.chat  # imported by the first answer

__all__: list[str] = []

with suppress(Exception):  # a proxy that cannot be read, say: whoever makes a client for a call is told
    openai.AsyncClient(api_key="none").chat.completions  # noqa: B018  # imported when it is asked for

# What anyio needs of asyncio is loaded when it first waits for something; this thread may have a loop that runs.
_waits = Thread(target=anyio.run, args=(anyio.sleep, 0))
_waits.start()
_waits.join()
