"""Does work in advance that LiveKit would do for the first spoken line of a process, so that no caller waits for this
work.

The work is done when this module is imported. In livekit-agents 1.8.9, the first spoken line builds a table of
hyphenation patterns, and pydantic completes each message class at its first use. The first masking of phone numbers in
a log message reads the numbering plans of all countries. Together, these steps take 0.03 s of processor time.
"""

from collections.abc import Iterator
from contextlib import suppress

import livekit.agents.llm.async_toolset  # noqa: F401  # LiveKit imports this when a session starts
from livekit.agents import tokenize
from livekit.agents.llm import AgentConfigUpdate, ChatContext
from pydantic import BaseModel

from offhook.redaction.redactor import Redactor

__all__: list[str] = []


def _incomplete(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield from _incomplete(one)
        if one.__module__.startswith("livekit.") and not one.__pydantic_complete__:
            yield one


Redactor().redact("12345678")  # reads the phone numbering plans of all countries
tokenize.basic.hyphenate_word("hyphenation")
tokenize.blingfire.SentenceTokenizer().tokenize("Hello. How can I help?")
for incomplete in list(_incomplete(BaseModel)):
    with suppress(Exception):  # at the first use, pydantic tries again and raises the error
        incomplete.model_rebuild()
ChatContext.empty().add_message(role="user", content="Hello.")
AgentConfigUpdate(instructions="")
