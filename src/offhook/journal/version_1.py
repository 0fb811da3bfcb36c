"""Gives the records of journal version 1 the names of version 2. The content of the records is the same."""

from collections.abc import Mapping
from typing import Any

__all__ = ["LANDMARKS", "upgraded"]

_NAMES = {
    "Accepted": "JobAccepted",
    "AgentTurned": "AgentStateChanged",
    "AskedBeside": "RequestHedged",
    "AwayWanted": "AwayRequested",
    "CallerBack": "CallerRejoined",
    "CallerMissing": "CallerAbsent",
    "CallerTurned": "CallerStateChanged",
    "Did": "ActionDone",
    "Do": "RunFunction",
    "EndWanted": "EndRequested",
    "Failed": "ActionFailed",
    "Forgotten": "SpeechRedacted",
    "HandedOver": "AgentHandoff",
    "Heard": "TranscriptReceived",
    "HearingLost": "SttInterrupted",
    "Hush": "StopLine",
    "LineBack": "MediaRestored",
    "LineClosed": "HangUpDone",
    "LineFaded": "MediaLost",
    "LineLost": "RoomDisconnected",
    "Others": "OtherParticipants",
    "Resume": "CancelEnding",
    "Said": "MessageCommitted",
    "Spoken": "LinePlayed",
    "Turn": "ResponseTimed",
    "Unspoken": "SpeechNotPlayed",
    "Used": "UsageUpdated",
    "VoiceResumed": "TtsResumed",
    "VoiceStalled": "TtsStalled",
}
_RETRIES = {"ears": "SwitchStt", "unheard": "AbandonAnswer", "turn_code": "AbandonTurnCode"}
"""Maps the tag of an old `Retry` record to the record's new name. With any other tag, the new name is `RetryAnswer`."""
_TAGS = {"ears": "stt", "unheard": "abandon"}
_POLICIES = {
    "AnswerPolicy": "answer",
    "Climber": "silence",
    "Closer": "ending",
    "Doorkeeper": "reconnect",
    "Greeter": "greeting",
    "Presence": "away",
    "StartDeadline": "start",
    "Supervisor": "supervisor",
    "Switchboard": "commands",
    "Timekeeper": "limits",
    "Vitals": "realtime_failure",
}
_DEAD_AIR = {
    "again": "filler_interval",
    "deaf": "no_match",
    "deafs": "max_no_matches",
    "same": "max_same_calls",
    "tools_in_call": "max_calls_in_call",
    "tools_in_turn": "max_calls_in_turn",
    "trouble": "retry_failed_text",
    "unheard": "no_match_text",
    "voiced": "min_speech",
    "working": "tool_filler_interval",
}
_SAY = {"beside": "out_of_band", "unless_said": "skip_if_goodbye_said"}
_PLAN = {
    "dead_air": _DEAD_AIR,
    "ending": {"over": "on_interruption", "patience": "timeout", "sorry": "apology"},
    "limits": {"warn": "warn_before"},
}

LANDMARKS = ("Accepted", "Said")
"""The old names of the records that `CallReader.summary` uses."""


def upgraded(name: str, body: Mapping[str, Any], by: str) -> tuple[str, Mapping[str, Any], str]:
    """Return the name, the body and the policy (`by`) of a record, with the names of version 2. A record of version 2
    stays unchanged.
    """
    by = _POLICIES.get(by, by)
    match name:
        case "Retry":
            tag = str(body.get("tag"))
            return _RETRIES.get(tag, "RetryAnswer"), {**body, "tag": _TAGS.get(tag, tag)}, by
        case "Did":
            tag = str(body.get("tag"))
            return "ActionDone", {**body, "tag": _TAGS.get(tag, tag)}, by
        case "Applied":
            return "CommandResult", {"id": body.get("id", ""), "status": "applied", "detail": "", "final": True}, by
        case "Commanded":
            return "CommandReceived", {**body, "name": "end"}, by
        case "Report":
            error = str(body.get("error", ""))
            status = "failed" if error else "applied"
            return "ReportCommand", {**body, "status": status, "detail": error, "final": True}, by
        case "Say":
            return name, _renamed(body, _SAY), by
        case "Planned":
            parts = {part: _renamed(body[part], names) for part, names in _PLAN.items() if body.get(part)}
            return name, {**body, **parts}, by
    return _NAMES.get(name, name), body, by


def _renamed(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in body.items()}
