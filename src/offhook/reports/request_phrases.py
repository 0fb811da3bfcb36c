"""Makes the timeline's texts for requests, commands and changes, with their senders."""

from collections.abc import Mapping

from offhook.reports.phrase_texts import Body, joined
from offhook.reports.unsaid import quoted

__all__ = [
    "away_requested",
    "command_received",
    "command_refused",
    "command_result",
    "end_call",
    "end_requested",
    "endpointing_changed",
    "instructions_changed",
    "pause_changed",
    "quiet_changed",
    "transfer_started",
]


def end_requested(body: Body) -> str:
    """Return the text of `EndRequested`, with the reason and the goodbye."""
    text = f"{body['by']} requested the end of the call: {body['reason']}"
    return joined(text, body["detail"], _goodbye(body))


def end_call(body: Body) -> str:
    """Return the text of `EndCall`, with the reason and the goodbye."""
    return joined(f"ends the call: {body['reason']}", _goodbye(body))


def _goodbye(body: Body) -> str:
    return f"goodbye {quoted(body['goodbye'])}" if body["goodbye"] else ""


def away_requested(body: Body) -> str:
    """Return the text of `AwayRequested`: whether the caller is to be marked as away or as back."""
    return f"{body['by']} asked to mark the caller {'away' if body['away'] else 'back'}"


def pause_changed(body: Body) -> str:
    """Return the text of `PauseChanged`: whether the silence ladder was paused or resumed."""
    return f"{body['by']} {'paused' if body['paused'] else 'resumed'} the silence ladder ({body['why']})"


def endpointing_changed(body: Body) -> str:
    """Return the text of `EndpointingChanged`: the new preset, and whether it is only for the next turn."""
    return f"{body['by']} set endpointing {body['preset']}{' for the next turn' if body['once'] else ''}"


def quiet_changed(body: Body) -> str:
    """Return the text of `QuietChanged`: whether the agent goes quiet or comes back, who asked for this, and the
    details.
    """
    change = f"goes quiet ({body['mode']})" if body["mode"] else "comes back"
    return joined(f"{change}, asked by {body['by']}", body["detail"])


def instructions_changed(body: Body) -> str:
    """Return the text of `InstructionsChanged`: the new text, and whether it replaced the old text."""
    return f"{body['by']} {'added to' if body['append'] else 'replaced'} the instructions: {quoted(body['text'])}"


def command_received(body: Body) -> str:
    """Return the text of `CommandReceived`: the sender, the command's name with the fields that are set, and the id."""
    verb = body["verb"]
    given = verb.items() if isinstance(verb, Mapping) else ()
    said = ", ".join(f"{key}={value}" for key, value in given if value not in (None, "", False, [], ()))
    return f"{body['by']} sent {joined(str(body['name']) or 'a command', said)}, id {body['id']}"


def command_refused(body: Body) -> str:
    """Return the text of `CommandRefused`: whose command was refused, and why."""
    if body["count"] not in ("", 1):
        return f"{body['count']} more commands were refused"
    who = body["by"] or f"an unknown sender ({body['identity'] or 'no identity'})"
    return f"a command of {who} was refused ({body['code']}): {body['text']}"


def command_result(body: Body) -> str:
    """Return the text of `CommandResult`: the status of the command and the detail."""
    return joined(f"command {body['id']}: {body['status']}", body["detail"])


def transfer_started(body: Body) -> str:
    """Return the text of `TransferStarted`: whether the caller is on hold or is being transferred, and who asked for
    the transfer.
    """
    how = "is on hold while {to} is dialled" if body["kind"] == "warm" else "is being transferred to {to}"
    return (how + ", asked by {by}").format_map(body)
