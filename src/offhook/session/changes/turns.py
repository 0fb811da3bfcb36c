"""Changes how long a running session waits after the caller's last word."""

from typing import Any

from livekit.agents import Agent, AgentSession, EndpointingOptions
from livekit.agents.llm import DuplexRealtimeAdapter, RealtimeModel
from livekit.agents.utils import is_given

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.session.changes.models import check_range
from offhook.session.inbound.endpointing import endpointing_of

__all__ = ["LONGEST_DELAY", "change_endpointing", "model_takes_turns"]

LONGEST_DELAY = 30.0
_IGNORED = "it counts only with a turn detector, or with endpointing in the mode dynamic; change min_delay instead"


def change_endpointing(
    session: AgentSession[Any], agent: Agent, *, min_delay: float | None, max_delay: float | None
) -> str:
    """Change `min_delay` and `max_delay`, from the caller's next pause on. Return a note if `max_delay` has no effect,
    otherwise "".
    """
    if min_delay is None and max_delay is None:
        raise OffhookError("nothing to change; give min_delay or max_delay in seconds")
    check_range("min_delay", min_delay, 0.0, LONGEST_DELAY)
    check_range("max_delay", max_delay, 0.0, LONGEST_DELAY)
    if model_takes_turns(session, agent):
        raise UnsupportedError(
            "the Realtime model decides itself when the caller has finished, so LiveKit's delays have no effect; "
            'start the session with turn_detection="vad" to use them'
        )
    # `update_options` sets both delays of the running agent, so the delay that does not change is passed too.
    options = session.options.endpointing
    own_min = agent.min_endpointing_delay if is_given(agent.min_endpointing_delay) else options["min_delay"]
    own_max = agent.max_endpointing_delay if is_given(agent.max_endpointing_delay) else options["max_delay"]
    new_min, new_max = own_min if min_delay is None else min_delay, own_max if max_delay is None else max_delay
    max_counts = options["mode"] == "dynamic" or _has_detector(session, agent)
    if not max_counts and min_delay is None:
        raise UnsupportedError(f"max_delay would have no effect: {_IGNORED}")
    if max_counts and new_min > new_max:
        raise OffhookError(f"min_delay {new_min:g} is over max_delay {new_max:g}; give both")
    if (chooser := endpointing_of(session)) is not None:
        chooser.stop()
    session.update_options(endpointing_opts=EndpointingOptions(min_delay=new_min, max_delay=new_max))
    return f"max_delay has no effect: {_IGNORED}" if max_delay is not None and not max_counts else ""


def model_takes_turns(session: AgentSession[Any], agent: Agent) -> bool:
    """True if the model decides when the caller has finished. The result is derived from several attributes, because no
    public attribute of LiveKit has this information.

    If a Realtime session sets no turn detection, LiveKit lets the model decide. The result is also True if code sets a
    turn detector explicitly, because LiveKit's public attributes do not show the difference.
    """
    model = agent.llm if is_given(agent.llm) else session.llm
    if not isinstance(model, RealtimeModel) or not model.capabilities.turn_detection:
        return False
    if isinstance(model, DuplexRealtimeAdapter) or not model.capabilities.can_disable_turn_detection:
        return True
    detection = agent.turn_detection if is_given(agent.turn_detection) else session.turn_detection
    if detection in ("manual", "realtime_llm"):
        return detection == "realtime_llm"
    speech_detector = agent.vad if is_given(agent.vad) else session.vad
    if speech_detector is None:
        return True
    by_voice = is_given(agent.interruption_detection) or is_given(session.interruption_detection)
    return not (detection == "vad" or by_voice)


def _has_detector(session: AgentSession[Any], agent: Agent) -> bool:
    """True if a model predicts the end of the caller's turn."""
    detection = agent.turn_detection if is_given(agent.turn_detection) else session.turn_detection
    return detection is not None and not isinstance(detection, str)
