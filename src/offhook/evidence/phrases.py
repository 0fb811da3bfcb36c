"""Every fact and every wish in words, for the timeline."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal

from offhook.evidence.troubles import hearing_lost, model_failed, retry

__all__ = ["PHRASES", "Body", "Kind", "Phrase", "Who", "phrase", "quoted"]

Body = Mapping[str, object]
Who = Literal["caller", "agent", "tool", "line", "offhook"]
Kind = Literal["event", "speech", "decision", "trouble", "silence", "end"]
Phrase = tuple[Who, Kind, str | Callable[[Body], str]]


def quoted(text: object) -> str:
    """Words that were spoken or are to be."""
    return f"“{text}”"


def phrase(name: str, body: Body) -> tuple[Who, Kind, str]:
    """Who, what sort of thing, and the words; a name that this version does not know is shown as it is."""
    if name not in PHRASES:
        return "offhook", "event", f"{name} " + ", ".join(f"{key}={value}" for key, value in body.items())
    who, kind, text = PHRASES[name]
    known = defaultdict(str, body)
    return who, kind, text.format_map(known) if isinstance(text, str) else text(known)


def _with(text: str, *more: object) -> str:
    return ", ".join([text, *(str(item) for item in more if item)])


def _named(label: str, value: object) -> str:
    return f"{label} {value}" if value else ""


def _found(body: Body) -> str:
    names = [str(body[key]) for key in ("number", "name", "identity") if body[key]]
    how = "by phone" if body["phone"] else "in the room"
    ringing = "still ringing" if body["phone"] and not body["active"] else ""
    return _with(" / ".join(names), how, ringing)


def _others(body: Body) -> str:
    count = body["count"]
    return {0: "nobody else is in the room", 1: "one more person is in the room"}.get(
        count if isinstance(count, int) else -1, f"{count} more people are in the room"
    )


def _ladder(silence: object) -> str:
    if not isinstance(silence, Mapping):
        return "no silence ladder"
    steps = [f"{step['kind']} after {step['after']:g} s" for step in silence["steps"]]
    return f"silence: {', '.join(steps)}"


def _planned(body: Body) -> str:
    ending, limits = body["ending"], body["limits"]
    scope = ending["scope"] if isinstance(ending, Mapping) else ""
    seconds = limits["seconds"] if isinstance(limits, Mapping) else 0
    greeting = f"greeting {quoted(body['greeting'])}" if body["greeting"] else "no greeting"
    return f"plan: {greeting}; {_ladder(body['silence'])}; at most {seconds:g} s; an end closes the {scope}"


def _closed(body: Body) -> str:
    if body["already"]:
        return "the line was closed already"
    attempts = body["attempts"]
    tries = f"at try {attempts}" if attempts != 1 else ""
    return _with(f"closed the {body['scope']}", tries, _named("left open:", body["left_open"]))


def _said(body: Body) -> str:
    role = body["role"]
    by = f"{role}: " if role not in ("user", "assistant") else ""
    answered = body["answered_in"]
    after = f"answered in {answered:.2f} s" if isinstance(answered, int | float) else ""
    return _with(by + quoted(body["text"]), "cut short by the caller" if body["interrupted"] else "", after)


def _spoken(body: Body) -> str:
    line = f"the {body['tag']} line"
    if body["error"]:
        return f"{line} could not be said: {body['error']}"
    return f"{line} was cut short by the caller" if body["interrupted"] else f"{line} was played"


def _end_wanted(body: Body) -> str:
    goodbye = f"goodbye {quoted(body['goodbye'])}" if body["goodbye"] else ""
    return _with(f"{body['by']} wants the call to end: {body['reason']}", body["detail"], goodbye)


def _end_call(body: Body) -> str:
    goodbye = f"goodbye {quoted(body['goodbye'])}" if body["goodbye"] else ""
    return _with(f"ends the call: {body['reason']}", goodbye)


def _instructions(body: Body) -> str:
    return f"{body['by']} {'added to' if body['append'] else 'replaced'} the instructions: {quoted(body['text'])}"


def _commanded(body: Body) -> str:
    verb = body["verb"]
    given = {key: value for key, value in verb.items() if value is not None} if isinstance(verb, Mapping) else {}
    return f"{body['by']} commands ({', '.join(f'{key}={value}' for key, value in given.items())}), id {body['id']}"


PHRASES: Mapping[str, Phrase] = {
    "Accepted": ("line", "event", "the worker took the call in room {room}"),
    "Connected": ("line", "event", "joined room {room} as {identity}"),
    "CallerFound": ("caller", "event", _found),
    "CallerStatus": ("caller", "event", "the phone call is {status}"),
    "CallerMissing": ("caller", "trouble", "is not there since the connection was interrupted"),
    "CallerBack": ("caller", "event", "is back"),
    "CallerLeft": ("caller", "event", "left: {reason}"),
    "Others": ("line", "event", _others),
    "Planned": ("offhook", "event", _planned),
    "PlanFailed": ("offhook", "trouble", "no plan: {error}"),
    "SessionStarted": ("agent", "event", "listens and can speak"),
    "SessionClosed": (
        "agent",
        "event",
        lambda body: _with(f"the session closed: {body['reason']}", body["error"]),
    ),
    "LineFaded": ("line", "trouble", "nothing arrives from the {side} any more"),
    "LineBack": ("line", "event", "the line from the {side} is back, after {seconds:.1f} s"),
    "LineLost": ("line", "trouble", "lost the room: {reason}"),
    "LineClosed": ("line", "event", _closed),
    "Ended": ("line", "end", lambda body: _with(f"ended: {body['reason']}", body["detail"])),
    "Tick": ("offhook", "event", "a deadline has come"),
    "AgentTurned": ("agent", "event", "is {state}"),
    "HandedOver": ("agent", "event", "hands the call over to {agent}"),
    "CallerTurned": ("caller", "event", "is {state}"),
    "Heard": ("caller", "speech", lambda body: quoted(body["text"])),
    "Said": ("agent", "speech", _said),
    "KeyPressed": ("caller", "event", "pressed {digit}"),
    "Spoken": ("offhook", "event", _spoken),
    "Did": (
        "offhook",
        "event",
        lambda body: f"it could not be done: {body['error']}" if body["error"] else "it was done",
    ),
    "Turn": ("offhook", "event", lambda body: f"answered in {body['heard']:.2f} s"),
    "Unspoken": ("agent", "trouble", lambda body: f"{quoted(body['text'])} was never heard: the voice broke off"),
    "ToolStarted": ("tool", "event", "{name}({arguments})"),
    "ToolEnded": ("tool", "event", lambda body: _with(f"{body['status']}", body["output"])),
    "Used": ("offhook", "event", "the models used {input_tokens} and {output_tokens} tokens so far"),
    "ModelFailed": ("agent", "trouble", model_failed),
    "VoiceStalled": ("agent", "trouble", "the voice broke off after {heard:.1f} s"),
    "HearingLost": ("caller", "trouble", hearing_lost),
    "AskedBeside": ("offhook", "event", "asked the model a second time, beside the first"),
    "ToolRefused": ("tool", "trouble", "{name} was not run: {why}"),
    "HandlerFailed": ("agent", "trouble", "a handler of {event} raised: {error}"),
    "HookRan": (
        "offhook",
        "event",
        lambda body: _with(f"{body['name']} ran for {body['seconds']:g} s after the call", body["error"]),
    ),
    "Warned": ("offhook", "trouble", "{text}"),
    "EndWanted": ("offhook", "event", _end_wanted),
    "EndCancelled": ("offhook", "event", "the end was called off ({reason})"),
    "AwayWanted": (
        "offhook",
        "event",
        lambda body: f"{body['by']} says the caller is {'away' if body['away'] else 'back'}",
    ),
    "SilenceChanged": ("offhook", "event", lambda body: f"{body['by']}: now {_ladder(body['silence'])}"),
    "PauseChanged": (
        "offhook",
        "event",
        lambda body: f"{body['by']}: silence {'is expected' if body['paused'] else 'counts again'} ({body['why']})",
    ),
    "InstructionsChanged": ("offhook", "event", _instructions),
    "ContextReset": ("offhook", "event", "{by} cleared the context, {kept} items kept"),
    "MessageAdded": (
        "offhook",
        "event",
        lambda body: f"{body['by']} added to the context as {body['role']}: {quoted(body['text'])}",
    ),
    "Forgotten": ("offhook", "event", "{by} had everything forgotten that was said before"),
    "Commanded": ("offhook", "event", _commanded),
    "Applied": ("offhook", "event", "command {id} is carried out"),
    "Failed": ("offhook", "trouble", "{what} failed: {error}"),
    "Say": ("offhook", "decision", lambda body: f"says {quoted(body['text'])}"),
    "Ask": ("offhook", "decision", lambda body: f"lets the model speak: {quoted(body['instructions'])}"),
    "Hush": ("offhook", "decision", "stops the {tag} line"),
    "Retry": ("offhook", "decision", retry),
    "Do": ("offhook", "decision", "calls {work}"),
    "Instruct": ("offhook", "decision", lambda body: f"adds to the instructions: {quoted(body['text'])}"),
    "Transfer": ("offhook", "decision", "transfers the caller to {to}"),
    "MarkAway": ("offhook", "decision", lambda body: f"takes the caller for {'away' if body['away'] else 'back'}"),
    "EndCall": ("offhook", "decision", _end_call),
    "Resume": ("offhook", "decision", "goes on with the call"),
    "HangUp": ("offhook", "decision", "hangs up ({scope}): {reason}"),
    "Report": ("offhook", "decision", "reports command {id} as done"),
    "Note": ("offhook", "decision", "{why}"),
}
