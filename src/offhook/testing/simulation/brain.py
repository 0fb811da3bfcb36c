"""The model of a simulated call: a test's replies first, then the agent's own rules or plain manners."""

import re
from collections.abc import Mapping

from livekit.agents import llm

from offhook.core.errors import OffhookError
from offhook.models.offline.front_desk import FRONT_DESK
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet

__all__ = ["Brain", "Replies", "rules_of"]

Replies = Mapping[str, str | Reply]
"""What the caller's words contain, to what the model answers; a key may also start with user:, system:, tool: or
failed:, and is a regular expression then.
"""

_KINDS = ("user:", "system:", "tool:", "failed:")
_NO_RULE = "\x00"

_GREETING = "Hello. How can I help you?"
_MANNERS = RuleSet(
    rules=(
        Rule(r"^system:.*\b(greet|welcome|introduce)", Reply(_GREETING)),
        *(rule for rule in FRONT_DESK.rules if not rule.pattern.startswith("^user:")),
    ),
    opening=_GREETING,
    unknown="I am sorry, I did not understand that.",
)


class Brain(RuleLLM):
    """Answers by `replies`, and where none fits as `under` would: the agent's own rules, if it has any."""

    def __init__(self, replies: Replies, *, under: object = None, delay: float = 0.0) -> None:
        super().__init__(RuleSet(tuple(rules_of(replies)), opening=_NO_RULE, unknown=_NO_RULE), delay=delay)
        self._under = under if isinstance(under, RuleLLM) else RuleLLM(_MANNERS)

    def decide(self, chat_ctx: llm.ChatContext, tools: set[str]) -> Reply:
        reply = super().decide(chat_ctx, tools)
        return self._under.decide(chat_ctx, tools) if reply.text == _NO_RULE else reply


def rules_of(replies: Replies) -> list[Rule]:
    """The replies as rules; raises `OffhookError`."""
    return [Rule(_pattern(words), _reply(words, reply)) for words, reply in replies.items()]


def _pattern(words: str) -> str:
    if not words.startswith(_KINDS):
        return rf"^user:.*{re.escape(words)}"
    try:
        re.compile(words)
    except re.error as error:
        raise OffhookError(f"replies: {words!r} is no regular expression: {error}") from None
    return f"^{words}"


def _reply(words: str, reply: str | Reply) -> Reply:
    if isinstance(reply, Reply):
        return reply
    if not isinstance(reply, str):
        raise OffhookError(f"replies: {words!r} is answered by {type(reply).__name__}; give words, or a Reply")
    return Reply(reply.replace("{", "{{").replace("}", "}}"))
