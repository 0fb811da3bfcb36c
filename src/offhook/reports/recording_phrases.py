"""Makes the timeline's texts for facts about recordings."""

from datetime import UTC, datetime

from offhook.reports.phrase_texts import Body, joined
from offhook.reports.unsaid import quoted

__all__ = ["consent_answered", "recording_failed", "recording_kept"]

_HOW = {
    "notice": "was told about the recording and stayed",
    "timeout": "gave no answer about the recording in time, so the answer is no",
    "not_asked": "could not be asked about the recording, so nothing is recorded",
    "call_over": "left before the answer about the recording",
}
_WHAT = {"start": "the call is not recorded", "keep": "the recording was lost", "upload": "the upload failed"}


def consent_answered(body: Body) -> str:
    """Return the text of `ConsentAnswered`: the caller's answer, and how the caller gave it."""
    if (how := str(body["how"])) in _HOW:
        return _HOW[how]
    said = f"with the key {body['said']}" if how == "key" else f"with {quoted(body['said'])}"
    return f"{'allowed' if body['answer'] == 'yes' else 'refused'} the recording {said}"


def recording_kept(body: Body) -> str:
    """Return the text of `RecordingKept`: length, size, pauses and file."""
    gaps = body["gaps"]
    pauses = len(gaps) if isinstance(gaps, list | tuple) else 0
    return joined(
        f"recorded {body['seconds']:.1f} s",
        f"{body['bytes']} bytes",
        f"{pauses} pause{'s' * (pauses != 1)}" if pauses else "",
        "" if body["complete"] else "not complete",
        body["path"],
    )


def recording_failed(body: Body) -> str:
    """Return the text of `RecordingFailed`: what failed, why, and when the upload is tried again."""
    again = body["retry_at"]
    when = f"{datetime.fromtimestamp(again, UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(again, float) and again else ""
    rest = f"tried again at {when}" if when else ""
    return joined(f"{_WHAT.get(str(body['stage']), 'the recording failed')}: {body['error']}", rest)
