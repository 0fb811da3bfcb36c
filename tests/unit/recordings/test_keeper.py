"""The recording of a finished call gets to its place, at least once, and nothing is lost on the way."""

import logging
import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from offhook.core.facts import (
    Connected,
    Ended,
    RecordingDiscarded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
)
from offhook.core.retry_delays import DELAYS
from offhook.core.webhooks import parse_receivers
from offhook.journal.outbox import Outbox
from offhook.journal.reader import Reader
from offhook.recordings.bucket import Bucket
from offhook.recordings.file import measured
from offhook.recordings.keeper import Keeper
from offhook.recordings.lock import locked
from offhook.redaction.redactor import Redactor
from offhook.webhooks.payload import payload

from .conftest import BEGAN, CALL, Desk, write_ogg


class Clock:
    now = BEGAN + 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def keeper(desk: Desk, clock: Clock) -> Keeper:
    url = desk.settings.recordings_url
    return Keeper(desk.settings, Bucket(url) if url else None, clock=clock, jitter=lambda: 0.0)


def test_without_a_bucket_the_file_stays_and_is_stored_where_it_is(desk: Desk, clock: Clock) -> None:
    kept = desk.finished()
    assert keeper(desk, clock).keep(CALL) is None
    stored = {"url": desk.file().as_uri(), "sha256": kept.sha256, "bytes": kept.bytes, "seconds": kept.seconds}
    assert desk.named("RecordingStored") == [stored]
    assert keeper(desk, clock).keep(CALL) is None
    assert desk.file().exists()
    assert desk.named("RecordingStored") == [stored]


def test_an_upload_arrives_whole_and_then_the_local_file_goes(uploading: Desk, clock: Clock, bucket: Path) -> None:
    kept = uploading.finished()
    assert keeper(uploading, clock).keep(CALL) is None
    (uploaded,) = bucket.rglob("*.ogg")
    assert uploaded.relative_to(bucket) == Path("2026/11/30/AJ_recorded.ogg")
    assert measured(uploaded).sha256 == kept.sha256
    assert [body["url"] for body in uploading.named("RecordingStored")] == [uploaded.as_uri()]
    assert not uploading.file().exists()


def test_the_local_file_stays_if_the_settings_keep_it(uploading: Desk, clock: Clock) -> None:
    desk = Desk(uploading.settings.model_copy(update={"recordings_keep": True}))
    desk.finished()
    keeper(desk, clock).keep(CALL)
    assert desk.file().exists()


def test_an_upload_whose_fact_was_lost_in_a_crash_is_made_again(uploading: Desk, clock: Clock, bucket: Path) -> None:
    uploading.finished()
    content = uploading.file().read_bytes()
    (place := bucket / "2026/11/30/AJ_recorded.ogg").parent.mkdir(parents=True)
    place.write_bytes(content)
    keeper(uploading, clock).keep(CALL)
    assert place.read_bytes() == content
    assert len(uploading.named("RecordingStored")) == 1


def test_a_bucket_that_refuses_is_asked_again_by_the_schedule_and_the_file_stays(
    uploading: Desk, clock: Clock, bucket: Path, caplog: pytest.LogCaptureFixture
) -> None:
    uploading.finished()
    keep = keeper(uploading, clock)
    shutil.rmtree(bucket, ignore_errors=True)
    bucket.write_text("no folder")
    for number, delay in enumerate(DELAYS, 1):
        assert keep.keep(CALL) == clock.now + delay
        (*_, failed) = uploading.named("RecordingFailed")
        assert (failed["stage"], failed["attempt"], failed["retry_at"], failed["final"]) == (
            "upload", number, clock.now + delay, False)  # fmt: skip
        assert keep.keep(CALL) == clock.now + delay  # not before its time
        clock.now += delay
    assert keep.keep(CALL) is None
    assert uploading.named("RecordingFailed")[-1]["final"]
    assert keep.keep(CALL) is None
    levels = [record.levelno for record in caplog.records if record.name == "offhook"]
    assert levels == [logging.WARNING, logging.ERROR]
    assert uploading.file().exists()
    bucket.unlink()
    assert keep.keep(CALL, again=True) is None
    assert len(uploading.named("RecordingStored")) == 1


def test_a_worker_that_starts_again_goes_on_with_the_schedule(uploading: Desk, clock: Clock, bucket: Path) -> None:
    uploading.finished()
    first = keeper(uploading, clock)
    shutil.rmtree(bucket, ignore_errors=True)
    bucket.write_text("no folder")
    due = first.keep(CALL)
    bucket.unlink()
    assert keeper(uploading, clock).keep(CALL) == due
    clock.now += DELAYS[0]
    assert keeper(uploading, clock).keep(CALL) is None
    assert len(uploading.named("RecordingStored")) == 1


def test_a_file_that_was_changed_is_not_taken_for_the_recording(uploading: Desk, clock: Clock, bucket: Path) -> None:
    uploading.finished()
    write_ogg(uploading.file(), 0.5)
    keeper(uploading, clock).keep(CALL)
    assert "was changed after the call" in str(uploading.named("RecordingFailed")[-1]["error"])
    assert list(bucket.rglob("*.ogg")) == []


def test_a_file_that_is_gone_is_a_final_failure(uploading: Desk, clock: Clock) -> None:
    uploading.finished()
    uploading.file().unlink()
    assert keeper(uploading, clock).keep(CALL) is None
    assert uploading.named("RecordingFailed")[-1]["final"]


def test_what_a_killed_job_has_written_is_kept_and_said_to_be_incomplete(desk: Desk, clock: Clock) -> None:
    write_ogg(desk.file(), 4.0)
    cut = desk.file().read_bytes()
    desk.file().write_bytes(cut[: len(cut) * 3 // 4])  # a killed process leaves no end of the file
    desk.journal(
        Connected("room", "agent"), RecordingStarted(), RecordingPaused(), RecordingResumed(1.0), RecordingPaused(),
        Ended("error"),
    )  # fmt: skip
    keeper(desk, clock).keep(CALL)
    (kept,) = desk.named("RecordingKept")
    found = measured(desk.file())
    assert (kept["sha256"], kept["seconds"], kept["complete"]) == (found.sha256, found.seconds, False)
    assert 2.0 < found.seconds < 4.0
    assert kept["started_at"] == BEGAN + 1
    assert kept["gaps"] == [[1.0, 2.0]] if found.seconds <= 3.0 else [[1.0, 2.0], [3.0, found.seconds]]
    assert len(desk.named("RecordingStored")) == 1


def test_the_recording_of_a_killed_job_begins_where_its_speech_was_last_forgotten(desk: Desk, clock: Clock) -> None:
    write_ogg(desk.file(), 1.0)
    desk.journal(RecordingStarted(), RecordingPaused(), RecordingResumed(1.0), RecordingDiscarded("x"), Ended("error"))
    keeper(desk, clock).keep(CALL)
    (kept,) = desk.named("RecordingKept")
    assert (kept["started_at"], kept["gaps"]) == (BEGAN + 3, [])


@pytest.mark.parametrize("content", [b"", b"OggS" * 30])
def test_a_file_without_audio_of_a_killed_job_is_said_to_be_lost_once(desk: Desk, clock: Clock, content: bytes) -> None:
    desk.file().parent.mkdir()
    desk.file().write_bytes(content)
    desk.journal(RecordingStarted(), Ended("error"))
    assert keeper(desk, clock).keep(CALL) is None
    assert keeper(desk, clock).keep(CALL, again=True) is None
    (failed,) = desk.named("RecordingFailed")
    assert failed["stage"] == "keep"
    assert "has no audio" in str(failed["error"])


def test_a_running_call_and_one_without_a_recording_are_left_alone(desk: Desk, clock: Clock) -> None:
    write_ogg(desk.file(), 0.1)
    desk.journal(Connected("room", "agent"), RecordingStarted())
    desk.journal(Connected("room", "agent"), Ended("completed"), call="AJ_other")
    assert keeper(desk, clock).keep(CALL) is None
    assert keeper(desk, clock).keep("AJ_other") is None
    assert keeper(desk, clock).keep("AJ_unknown") is None
    assert desk.named("RecordingKept") == desk.named("RecordingStored", "AJ_other") == []


def test_a_file_that_another_worker_has_is_looked_at_later(desk: Desk, clock: Clock) -> None:
    desk.finished()
    with locked(desk.file()) as mine:
        assert mine
        assert keeper(desk, clock).keep(CALL) == clock.now + 30.0
    assert desk.named("RecordingStored") == []


def test_the_webhook_is_made_when_the_file_is_in_its_place(uploading: Desk, clock: Clock, bucket: Path) -> None:
    secret = "whsec_" + "A" * 32
    hooked = Desk(
        uploading.settings.model_copy(update={"webhooks": SecretStr(f"https://example.com/h {secret} call.recording")})
    )
    kept = hooked.finished()
    outbox = Outbox(hooked.settings.journal)
    (receiver,) = parse_receivers(f"https://example.com/h {secret} call.recording")
    assert outbox.due(receiver.name, clock.now, 9) == []
    keeper(hooked, clock).keep(CALL)
    (message,) = outbox.due(receiver.name, clock.now, 9)
    with Reader(hooked.settings.journal) as reader:
        body = payload(reader, message, receiver, Redactor())
    assert '"type":"call.recording"' in body
    assert f'"url":"{bucket.as_uri()}/2026/11/30/AJ_recorded.ogg"' in body
    assert f'"sha256":"{kept.sha256}"' in body
    assert f'"seconds":{kept.seconds}' in body
    assert '"gaps":[],"complete":true' in body
    assert '"recorded_from":"2026-11-30T' in body
    outbox.close()
