"""A second try for an answer that does not come, or broke off: what was heard of it is not said again."""

import asyncio
import logging
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage

__all__ = ["CUT_OFF", "TOO_SLOW", "answer_again"]

log = logging.getLogger("offhook")

CUT_OFF = (
    "Your last answer was cut off after these words: {heard}\n"
    "Go on right after them. Do not say any of them again, and do not apologise."
)
TOO_SLOW = (
    "The tool that you called did not answer in time and was stopped. Tell the caller so in one sentence, "
    "and what they can do instead. Do not call it again now."
)
_INTERRUPT = 2.0
"""Seconds in which an answer must have let go; a model that hangs may not."""


async def answer_again(session: AgentSession[Any], *, after_tool: bool = False) -> None:
    """Give up the answer that is awaited, and let the model try again; it is told of a tool that was too slow."""
    try:
        async with asyncio.timeout(_INTERRUPT):
            await session.interrupt(force=True)
    except TimeoutError:
        log.warning("the old answer does not let go; the new one is asked for all the same")
    if after_tool:
        session.generate_reply(instructions=TOO_SLOW, tool_choice="none")
    elif heard := _heard(session):
        session.generate_reply(instructions=CUT_OFF.format(heard=heard))
    else:
        session.generate_reply()


def _heard(session: AgentSession[Any]) -> str:
    """What the agent has said since the caller spoke last."""
    said: list[str] = []
    for item in reversed(session.history.items):
        if isinstance(item, ChatMessage) and item.role == "user":
            return " ".join(reversed(said))
        if isinstance(item, ChatMessage) and item.role == "assistant" and item.text_content:
            said.append(item.text_content.strip())
    return ""  # nobody has asked anything: a greeting is begun anew
