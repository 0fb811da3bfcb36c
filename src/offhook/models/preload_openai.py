"""Does the lazy imports of the OpenAI client when this module is imported, so that no call waits 0.1 s for them."""

from contextlib import suppress
from threading import Thread

import anyio
import anyio.streams.stapled  # the first connection imports this
import openai
import openai.lib.streaming.chat  # the first answer imports this

__all__: list[str] = []

with suppress(Exception):  # for example, a proxy setting is invalid; the client of a call raises the error again
    openai.AsyncClient(api_key="none").chat.completions  # noqa: B018  # the attribute access does the import

# anyio loads its asyncio backend at the first wait. The wait runs in another thread, because this thread may have a
# running event loop.
_first_wait = Thread(target=anyio.run, args=(anyio.sleep, 0))
_first_wait.start()
_first_wait.join()
