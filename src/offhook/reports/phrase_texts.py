"""Makes the timeline's texts for the facts whose text needs more than a format string."""

from collections.abc import Mapping

from offhook.reports.unsaid import quoted

__all__ = [
    "Body",
    "action_done",
    "answered_by",
    "call_analysed",
    "caller_absent",
    "caller_found",
    "dial_result",
    "endpointing_chosen",
    "hang_up_done",
    "job_accepted",
    "joined",
    "labelled",
    "ladder",
    "line",
    "line_played",
    "message",
    "other_participants",
    "planned",
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
    """Return the text of `JobAccepted`, with the id of the call that this call takes over, if there is one."""
    resumed = body.get("resumes")  # journals of older versions have no `resumes`
    return joined(f"the worker accepted the call in room {body['room']}", f"takes over {resumed}" if resumed else "")


def caller_found(body: Body) -> str:
    """Return the text of `CallerFound`: number, name and identity, and how the caller is connected."""
    names = [str(body[key]) for key in ("number", "name", "identity") if body[key]]
    how = "by phone" if body["phone"] else "in the room"
    ours = {"inbound": "dialled", "outbound": "called from"}.get(str(body.get("direction")), "")
    number = labelled(ours, body.get("trunk_number"))  # journals of older versions have no SIP fields
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
    if reason := body.get("reason"):  # journals of older versions have no reason
        return f"is replaced by another session of the same identity ({reason})"
    return "is absent: the connection was interrupted"


def other_participants(body: Body) -> str:
    """Return the text of `OtherParticipants`: the number of other participants."""
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
    """Return the text of `AnsweredBy`: who answered, and the transcribed words."""
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
    """Return the quality of the caller's connection as text."""
    trip = body["round_trip_ms"]
    return joined(
        f"{body['loss']:.1%} of packets lost",
        f"{body['concealed']:.1%} of the audio concealed",
        f"jitter {body['jitter_ms']:g} ms",
        f"round trip to the server {trip:g} ms" if isinstance(trip, int | float) else "",
    )


def line_played(body: Body) -> str:
    """Return the text of `LinePlayed`: whether the spoken line was played, was interrupted or failed."""
    line = f"the {body['tag']} line"
    if body["error"]:
        return f"{line} was not played: {body['error']}"
    return f"{line} was interrupted by the caller" if body["interrupted"] else f"{line} was played"


def action_done(body: Body) -> str:
    """Return the text of `ActionDone`: whether the action is done or failed."""
    return f"the action {body['tag']} failed: {body['error']}" if body["error"] else f"the action {body['tag']} is done"


def endpointing_chosen(body: Body) -> str:
    """Return the text of `EndpointingChosen`: how long the agent waits for more speech, and why."""
    why = body["why"]
    return joined(f"waits {body['wait']:g} s for more speech", ", ".join(why) if isinstance(why, list) else "")
