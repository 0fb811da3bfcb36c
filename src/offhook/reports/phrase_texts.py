"""The texts of facts and decisions whose phrase depends on several fields."""

from collections.abc import Mapping

from offhook.reports.unsaid import quoted

__all__ = [
    "Body",
    "action_done",
    "answered_by",
    "away_requested",
    "call_analysed",
    "caller_absent",
    "caller_found",
    "command_received",
    "command_result",
    "dial_result",
    "end_call",
    "end_requested",
    "hang_up_done",
    "instructions_changed",
    "joined",
    "labelled",
    "ladder",
    "line",
    "line_played",
    "message",
    "other_participants",
    "pause_changed",
    "planned",
    "quiet_changed",
]

Body = Mapping[str, object]


def joined(text: str, *more: object) -> str:
    """Return the text and all details that are not empty, separated by commas."""
    return ", ".join([text, *(str(item) for item in more if item)])


def labelled(label: str, value: object) -> str:
    """Return the label and the value, or "" if there is no value."""
    return f"{label} {value}" if value else ""


def ladder(silence: object) -> str:
    """Return the steps of a silence ladder as text."""
    if not isinstance(silence, Mapping):
        return "no silence ladder"
    steps = [f"{step['kind']} after {step['after']:g} s" for step in silence["steps"]]
    return f"silence: {', '.join(steps)}"


def job_accepted(body: Body) -> str:
    """Return the text of `JobAccepted`, with the call that this call takes over."""
    resumed = body.get("resumes")  # older journals have no takeover
    return joined(f"the worker accepted the call in room {body['room']}", f"takes over {resumed}" if resumed else "")


def caller_found(body: Body) -> str:
    """Return the text of `CallerFound`: number, name and identity, and how the caller is connected."""
    names = [str(body[key]) for key in ("number", "name", "identity") if body[key]]
    how = "by phone" if body["phone"] else "in the room"
    ours = {"inbound": "dialled", "outbound": "called from"}.get(str(body.get("direction")), "")
    number = labelled(ours, body.get("trunk_number"))  # older journals have no fields of SIP
    ids = (labelled(key, body.get(key)) for key in ("trunk", "rule"))
    ringing = "still ringing" if body["phone"] and not body["active"] else ""
    return joined(" / ".join(names), how, number, *ids, ringing)


def call_analysed(body: Body) -> str:
    """Return the text of `CallAnalysed`: the outcome, or why there is none."""
    if body["error"]:
        return f"the analysis by {body['by']} failed: {body['error']}"
    fields = body["fields"]
    listed = ", ".join(f"{key}={value}" for key, value in fields.items()) if isinstance(fields, Mapping) else ""
    return joined("the outcome", body["disposition"], quoted(body["summary"]) if body["summary"] else "", listed)


def caller_absent(body: Body) -> str:
    """Return the text of `CallerAbsent`, with the reason if the record has a reason."""
    if reason := body.get("reason"):  # older journals have no reason
        return f"is replaced by another session of the same identity ({reason})"
    return "is absent: the connection was interrupted"


def other_participants(body: Body) -> str:
    """Return the text of `OtherParticipants`: the number of participants."""
    count = body["count"]
    return {0: "no other participants are in the room", 1: "1 other participant is in the room"}.get(
        count if isinstance(count, int) else -1, f"{count} other participants are in the room"
    )


def dial_result(body: Body) -> str:
    """Return the text of `DialResult`: the outcome, the SIP code and the attempt."""
    text, attempt = str(body["text"]), body["attempt"]
    code = f"SIP {body['code']}" if body["code"] and f"SIP {body['code']}" not in text else ""
    return joined(str(body["outcome"]).replace("_", " "), code, text, f"attempt {attempt}" if attempt != 1 else "")


def answered_by(body: Body) -> str:
    """Return the text of `AnsweredBy`: who answered, and what was heard."""
    heard = quoted(body["heard"]) if body["heard"] else ""
    return joined(f"answered by: {str(body['who']).replace('_', ' ')}", heard)


def planned(body: Body) -> str:
    """Return the text of `Planned`: the main settings of the plan."""
    ending, limits = body["ending"], body["limits"]
    scope = ending["scope"] if isinstance(ending, Mapping) else ""
    seconds = limits["seconds"] if isinstance(limits, Mapping) else 0
    greeting = f"greeting {quoted(body['greeting'])}" if body["greeting"] else "no greeting"
    return f"plan: {greeting}; {ladder(body['silence'])}; at most {seconds:g} s; hangs up the {scope}"


def hang_up_done(body: Body) -> str:
    """Return the text of `HangUpDone`: the result of hanging up."""
    if body["already"]:
        return f"nothing to hang up ({body['scope']}): the call was already closed"
    attempts = body["attempts"]
    tries = f"at attempt {attempts}" if attempts != 1 else ""
    return joined(f"hung up ({body['scope']})", tries, labelled("left open:", body["left_open"]))


def message(body: Body) -> str:
    """Return the text of `MessageCommitted`: the message, and for an answer the response latency."""
    role = body["role"]
    by = f"{role}: " if role not in ("user", "assistant") else ""
    answered = body["answered_in"]
    after = f"answered in {answered:.2f} s" if isinstance(answered, int | float) else ""
    return joined(by + quoted(body["text"]), "interrupted by the caller" if body["interrupted"] else "", after)


def line(body: Body) -> str:
    """Return the quality of the line as text."""
    trip = body["round_trip_ms"]
    return joined(
        f"{body['loss']:.1%} of packets lost",
        f"{body['concealed']:.1%} of the audio concealed",
        f"jitter {body['jitter_ms']:g} ms",
        f"round trip to the server {trip:g} ms" if isinstance(trip, int | float) else "",
    )


def line_played(body: Body) -> str:
    """Return the text of `LinePlayed`: the line was played, was interrupted or failed."""
    line = f"the {body['tag']} line"
    if body["error"]:
        return f"{line} was not played: {body['error']}"
    return f"{line} was interrupted by the caller" if body["interrupted"] else f"{line} was played"


def action_done(body: Body) -> str:
    """Return the text of `ActionDone`: the action is done or failed."""
    return f"the action {body['tag']} failed: {body['error']}" if body["error"] else f"the action {body['tag']} is done"


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
    """Return the text of `AwayRequested`: away or back."""
    return f"{body['by']} asked to mark the caller {'away' if body['away'] else 'back'}"


def pause_changed(body: Body) -> str:
    """Return the text of `PauseChanged`: paused or resumed."""
    return f"{body['by']} {'paused' if body['paused'] else 'resumed'} the silence ladder ({body['why']})"


def quiet_changed(body: Body) -> str:
    """Return the text of `QuietChanged`: the agent goes quiet or comes back, at whose request, and the details."""
    change = f"goes quiet ({body['mode']})" if body["mode"] else "comes back"
    return joined(f"{change}, asked by {body['by']}", body["detail"])


def instructions_changed(body: Body) -> str:
    """Return the text of `InstructionsChanged`: appended or replaced."""
    return f"{body['by']} {'added to' if body['append'] else 'replaced'} the instructions: {quoted(body['text'])}"


def command_received(body: Body) -> str:
    """Return the text of `CommandReceived`: the sender, the verb with the fields that are set, and the id."""
    verb = body["verb"]
    given = verb.items() if isinstance(verb, Mapping) else ()
    said = ", ".join(f"{key}={value}" for key, value in given if value not in (None, "", False, [], ()))
    return f"{body['by']} sent {joined(str(body['name']) or 'a command', said)}, id {body['id']}"


def command_refused(body: Body) -> str:
    """Return the text of `CommandRefused`: who was refused, and why."""
    if body["count"] not in ("", 1):
        return f"{body['count']} more commands were refused"
    who = body["by"] or f"an unknown sender ({body['identity'] or 'no identity'})"
    return f"a command of {who} was refused ({body['code']}): {body['text']}"


def command_result(body: Body) -> str:
    """Return the text of `CommandResult`: the status and the detail."""
    return joined(f"command {body['id']}: {body['status']}", body["detail"])


def transfer_started(body: Body) -> str:
    """Return what happens to a caller who is being transferred."""
    how = "is on hold while {to} is dialled" if body["kind"] == "warm" else "is being transferred to {to}"
    return (how + ", asked by {by}").format_map(body)
