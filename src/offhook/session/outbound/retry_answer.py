"""Retries an answer that is missing or was cut off; instructions tell the model which text was played already."""

import asyncio
import logging
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage

from offhook.models.stt_fallback import SttFallback

__all__ = ["CUT_OFF", "LOOPED", "TOO_SLOW", "abandon_answer", "retry_answer", "switch_stt"]

log = logging.getLogger("offhook")

CUT_OFF = (
    "Your last answer was cut off after these words: {heard}\n"
    "Go on right after them. Do not say any of them again, and do not apologise."
)
TOO_SLOW = (
    "The tool that you called did not answer in time and was stopped. Tell the caller so in one sentence, "
    "and what they can do instead. Do not call it again now."
)
LOOPED = (
    "You have called tools and the caller has heard nothing yet. Call none now: answer in words, with what you know, "
    "or say what you cannot find out."
)
_INTERRUPT = 2.0
"""Maximum seconds to wait until the interrupted answer ends, because the answer of a model that hangs may never end."""


async def retry_answer(session: AgentSession[Any], why: str = "retry") -> None:
    """Interrupt the answer for which the caller waits, and request a new answer.

    If `why` is "tool" (a tool was too slow) or "loop" (too many tool calls), instructions tell the model what happened.
    """
    await abandon_answer(session)
    instructions = {"tool": TOO_SLOW, "loop": LOOPED}.get(why)
    if instructions:
        session.generate_reply(instructions=instructions, tool_choice="none")
    elif played := _played_text(session):
        session.generate_reply(instructions=CUT_OFF.format(heard=played))
    else:
        session.generate_reply()


async def abandon_answer(session: AgentSession[Any]) -> None:
    """Interrupt the answer for which the caller waits, and do not request a new answer."""
    try:
        async with asyncio.timeout(_INTERRUPT):
            await session.interrupt(force=True)
    except TimeoutError:
        log.warning("the interrupted answer did not end in time; the next answer starts anyway")


def switch_stt(session: AgentSession[Any]) -> None:
    """Use the next fallback of the STT, if there is one."""
    if isinstance(session.stt, SttFallback):
        session.stt.give_up()


def _played_text(session: AgentSession[Any]) -> str:
    """Return the agent's text since the caller's last message."""
    texts: list[str] = []
    for item in reversed(session.history.items):
        if isinstance(item, ChatMessage) and item.role == "user":
            return " ".join(reversed(texts))
        if isinstance(item, ChatMessage) and item.role == "assistant" and item.text_content:
            texts.append(item.text_content.strip())
    return ""  # no caller message yet: the greeting starts again
