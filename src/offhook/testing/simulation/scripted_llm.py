"""The LLM of a simulated call: tries the test's replies first, then the agent's own rules or the default rules."""

import re
from collections.abc import Mapping

from livekit.agents import llm

from offhook.core.errors import OffhookError
from offhook.models.offline.front_desk import FRONT_DESK
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet

__all__ = ["Replies", "ScriptedLlm", "rules_of"]

Replies = Mapping[str, str | Reply]
"""Maps a part of the caller's words to the model's answer.

A mapping key that starts with user:, system:, tool: or failed: is a regular expression.
"""

_PREFIXES = ("user:", "system:", "tool:", "failed:")
_NO_RULE = "\x00"

_GREETING = "Hello. How can I help you?"
_DEFAULT_RULES = RuleSet(
    rules=(
        Rule(r"^system:.*\b(greet|welcome|introduce)", Reply(_GREETING)),
        *(rule for rule in FRONT_DESK.rules if not rule.pattern.startswith("^user:")),
    ),
    opening=_GREETING,
    unknown="I am sorry, I did not understand that.",
)


class ScriptedLlm(RuleLLM):
    """Answers with `replies`. If no reply fits, the agent's own rules (`under`) answer.

    If the agent has no rules of its own, the default rules answer.
    """

    def __init__(self, replies: Replies, *, under: object = None, delay: float = 0.0) -> None:
        super().__init__(RuleSet(tuple(rules_of(replies)), opening=_NO_RULE, unknown=_NO_RULE), delay=delay)
        self._under = under if isinstance(under, RuleLLM) else RuleLLM(_DEFAULT_RULES)

    def decide(self, chat_ctx: llm.ChatContext, tools: set[str]) -> Reply:
        reply = super().decide(chat_ctx, tools)
        return self._under.decide(chat_ctx, tools) if reply.text == _NO_RULE else reply


def rules_of(replies: Replies) -> list[Rule]:
    """Convert the replies to rules; raises `OffhookError` for an invalid reply."""
    return [Rule(_pattern(words), _reply(words, reply)) for words, reply in replies.items()]


def _pattern(words: str) -> str:
    if not words.startswith(_PREFIXES):
        return rf"^user:.*{re.escape(words)}"
    try:
        re.compile(words)
    except re.error as error:
        raise OffhookError(f"replies: {words!r} is not a regular expression: {error}") from None
    return f"^{words}"


def _reply(words: str, reply: str | Reply) -> Reply:
    if isinstance(reply, Reply):
        return reply
    if not isinstance(reply, str):
        raise OffhookError(f"replies: the answer to {words!r} is of type {type(reply).__name__}; give text or a Reply")
    return Reply(reply.replace("{", "{{").replace("}", "}}"))
