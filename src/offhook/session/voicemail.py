"""Finds out who answered an outbound call, with LiveKit's answering machine detection (AMD)."""

import asyncio
import logging
import re
import time
from typing import Any, Literal

from livekit.agents import AMD, NOT_GIVEN, AgentSession, AMDCategory

from offhook.core.dial import Voicemail
from offhook.core.facts import AnsweredBy
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet

__all__ = ["who_answered"]

log = logging.getLogger("offhook")

LONGEST = 60.0
"""Maximum seconds for the detection. LiveKit has a limit of 20 s, but this limit no longer applies after the callee has
spoken.
"""

_SILENT = 5.0
"""If the callee says nothing for this many seconds, the agent greets the callee. LiveKit's default is 10 s."""

_SCREENING = re.compile(
    r"\b(state|say|tell me|give) (me )?(your|the) name\b|\bwho('s| is) (calling|this)\b"
    r"|\b(why|reason)\b.{0,20}\bcall|\bscreening\b|\bperson is available\b",
    re.IGNORECASE,
)
_WHO: dict[AMDCategory, Literal["person", "voicemail", "mailbox_full", "menu", "unknown"]] = {
    AMDCategory.HUMAN: "person",
    AMDCategory.MACHINE_VM: "voicemail",
    AMDCategory.MACHINE_UNAVAILABLE: "mailbox_full",
    AMDCategory.MACHINE_IVR: "menu",
    AMDCategory.UNCERTAIN: "unknown",
}
_FULL = r"(mailbox|mail box).{0,30}(full|not been set up|hasn't been set up)|cannot (take|accept) (any )?messages"
_LEAVE = r"leave (a|your|me a|us a) (short )?(message|name)|after the (tone|beep|signal)|voice ?mail"
_MENU = rf"press (\d|one|two|three)|{_SCREENING.pattern}"


def _label(pattern: str, label: AMDCategory) -> Rule:
    return Rule(rf"^user:.*({pattern})", Reply(tool="save_prediction", arguments={"label": label.value}))


_RULES = RuleSet(
    rules=(
        _label(_FULL, AMDCategory.MACHINE_UNAVAILABLE),
        _label(_LEAVE, AMDCategory.MACHINE_VM),
        _label(_MENU, AMDCategory.MACHINE_IVR),
        _label(".", AMDCategory.HUMAN),
    ),
    opening="",
    unknown="",
)
"""The offline model cannot classify a greeting, so these rules classify English greetings by typical words."""


async def who_answered(session: AgentSession[Any], identity: str, voicemail: Voicemail) -> AnsweredBy:
    """Return who answered, from the callee's first words. The agent says nothing before the result is known.

    A detection that fails or takes too long gives "unknown", and the agent treats the callee as a person.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST), _detection(session, identity, voicemail) as detection:
            found = await detection.execute()
    except Exception as error:  # a model may raise any error, but the callee must not wait in silence
        log.exception("the voicemail detection failed; the agent treats the callee as a person")
        return AnsweredBy("unknown", f"{type(error).__name__}: {error}"[:200], seconds=_since(began))
    who: Literal["person", "voicemail", "mailbox_full", "screening", "menu", "unknown"] = _WHO[found.category]
    if who == "menu" and _SCREENING.search(found.transcript):
        who = "screening"
    message = {"voicemail": voicemail.message, "screening": voicemail.screening}.get(who, "")
    file = voicemail.file if who == "voicemail" else ""
    return AnsweredBy(who, found.transcript, message=message, file=file, seconds=_since(began))


def _detection(session: AgentSession[Any], identity: str, voicemail: Voicemail) -> AMD:
    own = voicemail.llm
    if own is None and isinstance(session.llm, RuleLLM):
        own = RuleLLM(_RULES)
    return AMD(
        session,
        llm=NOT_GIVEN if own is None else own,
        stt=None if isinstance(own, RuleLLM) else NOT_GIVEN,
        participant_identity=identity,
        ivr_detection=False,
        detection_options={"no_speech_threshold": _SILENT},
        suppress_compatibility_warning=True,
    )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
