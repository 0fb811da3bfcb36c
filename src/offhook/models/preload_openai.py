"""Does the imports that the OpenAI client would do at its first use, so that no call waits 0.1 s for these imports."""

from contextlib import suppress
from threading import Thread

import anyio
import anyio.streams.stapled  # without this line, the first connection would import this module
import openai
import openai.lib.streaming.chat  # without this line, the first answer would import this module

__all__: list[str] = []

with suppress(Exception):  # for example an invalid proxy setting; the client of a call raises the same error
    openai.AsyncClient(api_key="none").chat.completions  # noqa: B018  # the attribute access does the import

# anyio loads its asyncio backend at the first wait, so this module waits once, for 0 s. The wait runs in another
# thread, because this thread may have a running event loop.
_first_wait = Thread(target=anyio.run, args=(anyio.sleep, 0))
_first_wait.start()
_first_wait.join()
