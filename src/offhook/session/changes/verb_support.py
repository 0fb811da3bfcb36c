"""Lists how offhook carries out each operator command (verb) with each kind of model, and why.

`SUPPORT` is the table for the reference documentation. `support` returns the entry for one running session. The entry
may differ from the table, because providers differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from livekit.agents import AgentSession
from livekit.agents.llm import DuplexRealtimeAdapter, RealtimeModel

from offhook.session.changes.llm import llm_of
from offhook.session.changes.turns import model_takes_turns
from offhook.session.context.realtime_capabilities import Change, Role, capabilities_of

__all__ = ["SUPPORT", "How", "Kind", "Support", "Verb", "support", "support_of"]

Kind = Literal["pipeline", "realtime", "duplex"]
"""The kind of model that answers the caller. "pipeline": STT, LLM and TTS. "realtime": a Realtime model. "duplex": a
model that listens and speaks at the same time, and detects turns itself.
"""

How = Literal["in place", "deferred", "fresh", "unsupported"]
"""The usual way in which a verb is carried out. "in place" changes the running session, "deferred" waits for the end of
the answer, "fresh" opens a new session of the model, and "unsupported" changes nothing."""

Verb = Literal[
    "say", "ask", "add_message", "instructions", "context", "away", "back", "silence", "quiet", "resume", "interrupt",
    "endpointing", "voice", "models", "dtmf", "transfer", "end", "note", "state", "transcript", "facts", "result",
    "pause_recording", "resume_recording",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Support:
    """How a verb is carried out with one kind of model (`how`), with a note (`why`)."""

    how: How
    why: str = ""


_HERE = Support("in place")
_ALL: Mapping[Kind, Support] = {"pipeline": _HERE, "realtime": _HERE, "duplex": _HERE}
_NO_TTS = "without a TTS, the announcer speaks the line on another track"
_INTERRUPTIBLE = "the caller can always interrupt the line if the model takes the turns"
_OTHERS = "other models than OpenAI's may need a fresh session"
_OWN_TURNS = "the model decides itself when the caller has finished"
_FIXED_LINES = "only the TTS of the fixed lines; the model stays until the end of the call"

SUPPORT: Mapping[Verb, Mapping[Kind, Support]] = {
    "say": {
        "pipeline": Support("in place", "after the agent's current speech"),
        "realtime": Support("in place", f"{_NO_TTS}; {_INTERRUPTIBLE}"),
        "duplex": Support(
            "in place", f"{_NO_TTS}; the line is not in the model's context; the model may speak at the same time"
        ),
    },
    "ask": {
        "pipeline": Support("in place", "after the agent's current speech"),
        "realtime": Support("in place", "fails while the model is still answering"),
        "duplex": Support("in place", "the model may decline; the request then fails after 10 s without speech"),
    },
    "add_message": {
        "pipeline": Support("in place", "the next model request has the message"),
        "realtime": Support("in place", f"{_OTHERS}, or refuse a role"),
        "duplex": Support("in place", "the model adds to its history at any time"),
    },
    "instructions": {
        "pipeline": Support("in place", "the next model request has the new instructions"),
        "realtime": Support("in place", _OTHERS),
        "duplex": Support("fresh", "the model takes its instructions only when it connects"),
    },
    "context": {
        "pipeline": Support("in place", "deferred to the end of an answer that calls tools (forget: of any answer)"),
        "realtime": Support("in place", f"deferred as in a pipeline; {_OTHERS}"),
        "duplex": Support("fresh", 'the model deletes nothing from its history; "add" is done in place'),
    },
    "away": _ALL,
    "back": _ALL,
    "silence": _ALL,
    "quiet": {
        "pipeline": _HERE,
        "realtime": Support("in place", "meanwhile, a model that detects the turns itself gets no audio"),
        "duplex": Support("unsupported", "the model speaks by itself; hand the call to another agent first"),
    },
    "resume": _ALL,
    "interrupt": {
        "pipeline": Support("in place", "a running tool goes on, and the agent may not speak its result"),
        "realtime": Support("in place", "a running tool goes on, and the agent may not speak its result"),
        "duplex": Support(
            "in place", "the caller hears no more of the speech; the model gets no information about this"
        ),
    },
    "endpointing": {
        "pipeline": Support("in place", "from the caller's next pause on; max_delay needs a turn detector"),
        "realtime": Support("unsupported", f'{_OWN_TURNS}; supported with turn_detection="vad"'),
        "duplex": Support("unsupported", _OWN_TURNS),
    },
    "voice": {
        "pipeline": Support("in place", "from the next line on; needs a TTS plugin with this option"),
        "realtime": Support("in place", "OpenAI's models only, and only before the first words of the call"),
        "duplex": Support("unsupported", "the model takes its voice only when it connects"),
    },
    "models": {
        "pipeline": Support("in place", "from the next request on; needs plugins with this option"),
        "realtime": Support("in place", _FIXED_LINES),
        "duplex": Support("in place", _FIXED_LINES),
    },
    "pause_recording": _ALL,
    "resume_recording": _ALL,
    "dtmf": _ALL,
    "transfer": _ALL,
    "end": {
        "pipeline": _HERE,
        "realtime": Support("in place", _NO_TTS),
        "duplex": Support("in place", _NO_TTS),
    },
    "note": _ALL,
    "state": _ALL,
    "transcript": _ALL,
    "facts": _ALL,
    "result": _ALL,
}


def support_of(session: AgentSession[Any]) -> Kind:
    """Return the kind of model that answers the caller of this session now: the current agent's own model, or the
    session's model.
    """
    model = _model(session)
    if isinstance(model, DuplexRealtimeAdapter):
        return "duplex"
    return "realtime" if isinstance(model, RealtimeModel) else "pipeline"


def support(session: AgentSession[Any], verb: Verb, *, role: Role | None = None) -> Support:
    """Return how this session carries out the verb. `role` is the role of an added message."""
    usual, model = SUPPORT[verb][support_of(session)], _model(session)
    if not isinstance(model, RealtimeModel):
        return usual
    changes: Mapping[str, Change] = {
        "add_message": "add a message",
        "instructions": "change the instructions",
        "context": "cut the context",
    }
    if verb in changes:
        capabilities = capabilities_of(model)
        way = capabilities.way_of(changes[verb], role)
        return usual if way == usual.how else Support(way, capabilities.why)
    if verb == "endpointing" and not model_takes_turns(session, session.current_agent):
        return SUPPORT[verb]["pipeline"]
    return usual


def _model(session: AgentSession[Any]) -> Any:
    try:
        return llm_of(session, session.current_agent)
    except RuntimeError:  # the session does not run yet
        return session.llm
