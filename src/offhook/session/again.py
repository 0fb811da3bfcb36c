"""A second try for an answer that does not come, or broke off: what was heard of it is not said again."""

import asyncio
import logging
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ChatMessage

from offhook.models.ears import Ears

__all__ = ["CUT_OFF", "LOOPED", "TOO_SLOW", "answer_again", "give_up", "try_next_ears"]

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
    "You have called tools again and again and the caller has heard nothing. Call none now: answer in words, "
    "with what you know, or say what you cannot find out."
)
_INTERRUPT = 2.0
"""Seconds in which an answer must have let go; a model that hangs may not."""


async def answer_again(session: AgentSession[Any], why: str = "retry") -> None:
    """Give up the answer that is awaited, and let the model try again.

    The model is told of a "tool" that was too slow, and of a "loop" of tools.
    """
    await give_up(session)
    told = {"tool": TOO_SLOW, "loop": LOOPED}.get(why)
    if told:
        session.generate_reply(instructions=told, tool_choice="none")
    elif heard := _heard(session):
        session.generate_reply(instructions=CUT_OFF.format(heard=heard))
    else:
        session.generate_reply()


async def give_up(session: AgentSession[Any]) -> None:
    """Give up the answer that is awaited."""
    try:
        async with asyncio.timeout(_INTERRUPT):
            await session.interrupt(force=True)
    except TimeoutError:
        log.warning("the old answer does not let go; what comes instead is begun all the same")


def try_next_ears(session: AgentSession[Any]) -> None:
    """Turn to the next recogniser, where there is one."""
    if isinstance(session.stt, Ears):
        session.stt.give_up()


def _heard(session: AgentSession[Any]) -> str:
    """What the agent has said since the caller spoke last."""
    said: list[str] = []
    for item in reversed(session.history.items):
        if isinstance(item, ChatMessage) and item.role == "user":
            return " ".join(reversed(said))
        if isinstance(item, ChatMessage) and item.role == "assistant" and item.text_content:
            said.append(item.text_content.strip())
    return ""  # nobody has asked anything: a greeting is begun anew
