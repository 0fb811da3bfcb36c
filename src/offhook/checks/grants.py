"""Describes what a LiveKit token allows."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["grants"]

SERVER = {
    "roomCreate": "make and delete rooms",
    "roomList": "list rooms",
    "roomRecord": "record rooms",
    "roomAdmin": "administer the room",
    "agent": "register as a worker",
    "ingressAdmin": "administer ingress",
}
OWN = {
    "canUpdateOwnMetadata": "change its own attributes",
    "hidden": "join invisibly",
    "recorder": "count as a recorder",
}


def grants(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the token allows, what the token denies, and which agents the token dispatches."""
    video, sip = claims.get("video"), claims.get("sip")
    video = video if isinstance(video, dict) else {}
    sip = sip if isinstance(sip, dict) else {}
    may = [words for name, words in SERVER.items() if video.get(name) is True]
    may += [f"SIP: {name}" for name in ("admin", "call") if sip.get(name) is True]
    may_not: list[str] = []
    if video.get("roomJoin"):
        _in_the_room(video, may, may_not)
    if may:
        yield "may", ", ".join(may)
    if may_not:
        yield "may not", ", ".join(may_not)
    if "verb" not in claims and not may:
        yield "may", "nothing: the token has no grants"
    yield from _agents(claims)


def _in_the_room(video: Mapping[str, Any], may: list[str], may_not: list[str]) -> None:
    """Add each right in the room to `may` or `may_not`. As in LiveKit's server, the rights to subscribe, to publish and
    to send data are denied only if their value is `false`.
    """
    subscribes, publishes, data = (
        video.get(f"can{what}") is not False for what in ("Subscribe", "Publish", "PublishData")
    )
    (may if subscribes else may_not).append("hear and see the others")
    sources = video.get("canPublishSources")
    if not publishes:
        may_not.append("speak")
    elif isinstance(sources, list) and sources:
        may.append(f"publish {' and '.join(map(str, sources))} only")
    else:
        may.append("publish microphone, camera and screen")
    (may if data else may_not).append("send data (typed messages)")
    may += [words for name, words in OWN.items() if video.get(name) is True]


def _agents(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    config = claims.get("roomConfig") or claims.get("room_config")
    agents = config.get("agents") if isinstance(config, dict) else None
    for agent in agents if isinstance(agents, list) else ():
        if not isinstance(agent, dict):
            continue
        name = agent.get("agentName") or agent.get("agent_name") or ""
        metadata = agent.get("metadata")
        text = f'"{name}" is dispatched when the room is new' if name else "an agent without a name is dispatched"
        yield "agent", f"{text}, with metadata {metadata}" if metadata else text
