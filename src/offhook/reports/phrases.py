"""Maps every fact and every decision to the phrase that the timeline shows."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Literal

from offhook.reports import phrase_texts as texts
from offhook.reports import recording_phrases as recording
from offhook.reports import request_phrases as requests
from offhook.reports.phrase_texts import Body, joined, labelled, ladder
from offhook.reports.problem_phrases import model_failed, retry_answer, stt_interrupted
from offhook.reports.unsaid import quoted

__all__ = ["PHRASES", "Body", "Kind", "Phrase", "Who", "phrase"]

Who = Literal["caller", "agent", "tool", "call", "offhook"]
Kind = Literal["event", "speech", "decision", "problem", "silence", "end"]
Phrase = tuple[Who, Kind, str | Callable[[Body], str]]


def phrase(name: str, body: Body) -> tuple[Who, Kind, str]:
    """Return the subject, kind and text of a record. For an unknown name, the text is the name with its fields."""
    if name not in PHRASES:
        return "offhook", "event", f"{name} " + ", ".join(f"{key}={value}" for key, value in body.items())
    who, kind, text = PHRASES[name]
    known = defaultdict(str, body)
    return who, kind, text.format_map(known) if isinstance(text, str) else text(known)


PHRASES: Mapping[str, Phrase] = {
    "JobAccepted": ("call", "event", texts.job_accepted),
    "Connected": ("agent", "event", "joined room {room} as {identity}"),
    "CallerFound": ("caller", "event", texts.caller_found),
    "CallerStatus": ("caller", "event", "the phone call is {status}"),
    "CallerAbsent": ("caller", "problem", texts.caller_absent),
    "CallerRejoined": ("caller", "event", "rejoined the room"),
    "CallerLeft": ("caller", "event", "left: {reason}"),
    "OtherParticipants": ("call", "event", texts.other_participants),
    "DialRequested": ("offhook", "event", "dials {to} through trunk {trunk}, for at most {ringing:g} s"),
    "DialStatus": ("caller", "event", "the phone is {status}"),
    "DialResult": ("caller", "event", texts.dial_result),
    "AnsweredBy": ("caller", "event", texts.answered_by),
    "Planned": ("offhook", "event", texts.planned),
    "PlanFailed": ("offhook", "problem", "no plan: {error}"),
    "RouteMatched": ("offhook", "event", lambda body: joined(f"route {body['route']}", body["why"])),
    "SessionStarted": ("agent", "event", "the session started"),
    "SessionClosed": (
        "agent",
        "event",
        lambda body: joined(f"the session closed: {body['reason']}", body["error"]),
    ),
    "MediaLost": ("call", "problem", "media lost: no packets from the {side}"),
    "MediaRestored": ("call", "event", "media restored: packets from the {side} again, after {seconds:.1f} s"),
    "LineTurnedBad": ("call", "problem", lambda body: f"the line turned bad: {texts.line(body)}"),
    "LineMeasured": ("call", "event", lambda body: f"the line: {texts.line(body)}"),
    "RoomDisconnected": ("call", "problem", "the room disconnected: {reason}"),
    "HangUpDone": ("call", "event", texts.hang_up_done),
    "Ended": ("call", "end", lambda body: joined(f"ended: {body['reason']}", body["detail"])),
    "Tick": ("offhook", "event", "a deadline was reached"),
    "AgentStateChanged": ("agent", "event", "is {state}"),
    "AgentHandoff": ("agent", "event", "handoff to {agent}"),
    "CallerStateChanged": ("caller", "event", "is {state}"),
    "EndpointingChosen": ("offhook", "event", texts.endpointing_chosen),
    "EndpointingChanged": ("offhook", "event", requests.endpointing_changed),
    "TranscriptReceived": ("caller", "speech", lambda body: quoted(body["text"])),
    "MessageCommitted": ("agent", "speech", texts.message),
    "KeyPressed": ("caller", "event", "pressed {digit}"),
    "LinePlayed": ("offhook", "event", texts.line_played),
    "ActionDone": ("offhook", "event", texts.action_done),
    "ResponseTimed": ("offhook", "event", lambda body: f"answered in {body['heard']:.2f} s"),
    "SpeechNotPlayed": (
        "agent",
        "problem",
        lambda body: f"{quoted(body['text'])} was not played: no audio from the TTS",
    ),
    "ToolStarted": ("tool", "event", "{name}({arguments})"),
    "ToolEnded": ("tool", "event", lambda body: joined(f"{body['status']}", body["output"])),
    "UsageUpdated": ("offhook", "event", "token usage so far: {input_tokens} input, {output_tokens} output"),
    "TurnCommitted": ("caller", "event", "end of turn"),
    "WordsCarried": ("offhook", "event", "keeps the caller's last words for the next agent ({words} words)"),
    "TurnDeclined": ("agent", "event", "declined to answer this turn ({by})"),
    "AgentCodeStarted": ("agent", "event", "{name} started"),
    "AgentCodeEnded": ("agent", "event", lambda body: joined(f"{body['name']}: {body['status']}", body["error"])),
    "ModelResponded": (
        "agent",
        "event",
        lambda body: f"the LLM returned {body['characters']} characters and {body['tool_calls']} tool calls",
    ),
    "ModelResponding": ("agent", "event", "the LLM returned the first output"),
    "BargeInReady": ("agent", "event", "can be paused by a sound"),
    "PlayoutKept": ("agent", "event", "was not paused: {why}"),
    "PlayoutPaused": ("agent", "event", "playout paused by a sound of the caller"),
    "PlayoutResumed": ("agent", "event", "playout resumed"),
    "PreemptiveAnswer": (
        "agent",
        "event",
        lambda body: (
            f"an answer that the LLM began before the end of turn was {'used' if body['used'] else 'thrown away'}"
            f" {body['seconds']:.2f} s later"
        ),
    ),
    "SpeechCreated": ("agent", "event", "queued a speech ({source})"),
    "SpeechEnded": (
        "agent",
        "event",
        lambda body: joined("a speech ended", labelled("interrupted by a", body["interrupted"]), body["error"]),
    ),
    "ToolReleased": ("tool", "event", "continued in the background"),
    "ModelFailed": ("agent", "problem", model_failed),
    "TtsStalled": ("agent", "problem", "the TTS stalled after {heard:.1f} s"),
    "TtsResumed": ("agent", "event", "the TTS continued"),
    "SttInterrupted": ("caller", "problem", stt_interrupted),
    "RequestHedged": ("offhook", "event", "sent a hedged second request to the LLM"),
    "ToolRefused": ("tool", "problem", "{name} was not run: {why}"),
    "HandlerFailed": ("agent", "problem", "a handler of {event} raised: {error}"),
    "HookRan": (
        "offhook",
        "event",
        lambda body: joined(f"{body['name']} ran for {body['seconds']:g} s after the call", body["error"]),
    ),
    "CallAnalysed": ("offhook", "event", texts.call_analysed),
    "Warned": ("offhook", "problem", "{text}"),
    "ConsentAnswered": ("caller", "event", recording.consent_answered),
    "RecordingStarted": ("offhook", "event", "the recording started"),
    "RecordingPaused": ("offhook", "event", "{by} paused the recording; no words are kept"),
    "RecordingResumed": ("offhook", "event", "{by} resumed the recording after {seconds:.1f} s"),
    "RecordingDiscarded": ("offhook", "event", "the recording so far was deleted: {why}"),
    "RecordingKept": ("offhook", "event", recording.recording_kept),
    "RecordingStored": ("offhook", "event", "the recording is in {url}"),
    "RecordingFailed": ("offhook", "problem", recording.recording_failed),
    "EndRequested": ("offhook", "event", requests.end_requested),
    "EndCancelled": ("offhook", "event", "the ending was cancelled ({reason})"),
    "AwayRequested": ("offhook", "event", requests.away_requested),
    "SilenceChanged": ("offhook", "event", lambda body: f"{body['by']} set a new ladder: {ladder(body['silence'])}"),
    "PauseChanged": ("offhook", "event", requests.pause_changed),
    "TransferStarted": ("caller", "event", requests.transfer_started),
    "TransferEnded": ("caller", "event", lambda body: joined(f"the transfer: {body['status']}", body["detail"])),
    "QuietChanged": ("agent", "event", requests.quiet_changed),
    "InstructionsChanged": ("offhook", "event", requests.instructions_changed),
    "ContextReset": ("offhook", "event", "{by} cleared the context, {kept} items kept"),
    "MessageAdded": (
        "offhook",
        "event",
        lambda body: f"{body['by']} added to the context as {body['role']}: {quoted(body['text'])}",
    ),
    "SpeechRedacted": ("offhook", "event", "{by} removed all earlier speech"),
    "CommandReceived": ("offhook", "event", requests.command_received),
    "CommandRefused": ("offhook", "problem", requests.command_refused),
    "CommandResult": ("offhook", "event", requests.command_result),
    "ActionFailed": ("offhook", "problem", "{what} failed: {error}"),
    "Say": ("offhook", "decision", lambda body: f"says {quoted(body['text'])}"),
    "Ask": ("offhook", "decision", lambda body: f"lets the model speak: {quoted(body['instructions'])}"),
    "PausePlayout": ("offhook", "decision", "pauses the agent"),
    "ResumePlayout": ("offhook", "decision", "lets the agent go on"),
    "StopLine": ("offhook", "decision", "stops the {tag} line"),
    "RetryAnswer": ("offhook", "decision", retry_answer),
    "AbandonAnswer": ("offhook", "decision", "abandons the answer, because words of the caller are lost"),
    "AbandonTurnCode": ("offhook", "decision", "stops on_user_turn_completed"),
    "AnswerCarriedWords": ("offhook", "decision", "lets the agent answer the words before the handoff"),
    "SwitchStt": ("offhook", "decision", "switches to the next STT, if there is one"),
    "RunFunction": ("offhook", "decision", "calls {work}"),
    "Instruct": ("offhook", "decision", lambda body: f"adds to the instructions: {quoted(body['text'])}"),
    "Transfer": ("offhook", "decision", "transfers the caller to {to}"),
    "MarkAway": ("offhook", "decision", lambda body: f"marks the caller {'away' if body['away'] else 'back'}"),
    "EndCall": ("offhook", "decision", requests.end_call),
    "CancelEnding": ("offhook", "decision", "cancels the ending and continues the call"),
    "HangUp": ("offhook", "decision", "hangs up ({scope}): {reason}"),
    "RunCommand": ("offhook", "decision", "carries out the {tag}"),
    "ReportCommand": ("offhook", "decision", "reports {status} for command {id}"),
    "PlaceCall": ("offhook", "decision", "dials, attempt {attempt}"),
    "AnswerConsent": ("offhook", "decision", "takes the answer about the recording: {answer}"),
    "StartRecording": ("offhook", "decision", "starts the recording"),
    "Note": ("offhook", "decision", "{why}"),
}
