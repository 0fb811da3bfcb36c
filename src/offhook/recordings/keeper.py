"""Moves the recording of one finished call to its final place, and records each step in the journal."""

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from offhook.core.errors import JournalError, OffhookError
from offhook.core.facts import RecordingFailed, RecordingKept, RecordingStored
from offhook.core.record import Record, to_body
from offhook.core.retry_delays import DELAYS
from offhook.journal.reader import Reader
from offhook.journal.rows import row_of
from offhook.journal.store import Store
from offhook.recordings.bucket import Bucket, BucketError
from offhook.recordings.crashed import recovered
from offhook.recordings.file import file_of, measured
from offhook.recordings.lock import locked
from offhook.settings import Settings

__all__ = ["Keeper"]

log = logging.getLogger("offhook")

_NAMES: Final = (
    "Connected",
    "Ended",
    "RecordingDiscarded",
    "RecordingFailed",
    "RecordingKept",
    "RecordingPaused",
    "RecordingResumed",
    "RecordingStarted",
    "RecordingStored",
)
_BUSY: Final = 30.0
"""Seconds until the next check of a file that another worker is uploading."""
_WRITES: Final = 20
"""Maximum attempts to append a record to the journal under a free record number."""


class Keeper:
    """Moves recordings to the bucket. Without a bucket, the files stay in their folder. `keep` may run in several
    threads at the same time, for different calls.
    """

    def __init__(
        self,
        settings: Settings,
        bucket: Bucket | None,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings, self._bucket = settings, bucket
        self._clock, self._jitter = clock, jitter

    def keep(self, call: str, *, again: bool = False) -> float | None:
        """Take the next step for the recording of this call, such as the upload. Return the Unix time of the following
        step, or None if no step follows.

        With `again`, also repeat a failed upload that was given up, or whose next attempt is not due yet. Raises
        `JournalError` if the journal cannot be used.
        """
        path = file_of(self._settings.recordings_folder, call)
        with locked(path) as free:
            if not free:
                return self._clock() + _BUSY if path.exists() else None
            with Reader(self._settings.journal) as reader:
                records = reader.records(call, names=_NAMES)
            bodies = {record.name: record.body for record in records}
            if "Ended" not in bodies:
                return None  # the call is still running; its recording is moved after the call
            if "RecordingStored" in bodies:
                self._remove_copy(path, bodies["RecordingStored"])
                return None
            kept = bodies.get("RecordingKept") or self._recover(path, records)
            return None if kept is None else self._store(call, kept, bodies.get("RecordingFailed"), records, again)

    def _recover(self, path: Path, records: Sequence[Record]) -> Mapping[str, Any] | None:
        """If the job process died during the recording, append `RecordingKept` for the audio in the file. Return the
        body of this fact, or None if there is nothing to keep.
        """
        started = any(record.name == "RecordingStarted" for record in records)
        lost = any(record.name == "RecordingFailed" and record.body["stage"] == "keep" for record in records)
        if not started or lost:
            return None
        call = records[0].call
        try:
            fact = recovered(path, records)
        except (OSError, OffhookError) as error:
            log.error("the recording of a call is lost", extra={"call": call, "error": str(error)})
            self._append(records, RecordingFailed("keep", f"the job process died: {error}"))
            return None
        log.warning("the recording of a call is not complete", extra={"call": call, "seconds": fact.seconds})
        self._append(records, fact)
        return to_body(fact)

    def _store(
        self,
        call: str,
        kept: Mapping[str, Any],
        failed: Mapping[str, Any] | None,
        records: Sequence[Record],
        again: bool,
    ) -> float | None:
        path = Path(str(kept["path"]))
        before = failed if failed is not None and failed["stage"] == "upload" else None
        if before is not None and not again and (before["final"] or before["retry_at"] > self._clock()):
            return None if before["final"] else float(before["retry_at"])
        attempt = int(before["attempt"]) + 1 if before is not None and not before["final"] else 1
        try:
            url = self._upload(path, kept, _key(path, records))
        except (BucketError, OSError, OffhookError) as error:
            return self._failed(records, str(error), attempt, gone=not path.exists())
        size, seconds = int(kept["bytes"]), float(kept["seconds"])
        stored = RecordingStored(url, str(kept["sha256"]), size, seconds)
        self._append(records, stored)
        log.info("a recording is stored", extra={"call": call, "bytes": size, "seconds": seconds})
        self._remove_copy(path, to_body(stored))
        return None

    def _upload(self, path: Path, kept: Mapping[str, Any], key: str) -> str:
        if measured(path).sha256 != kept["sha256"]:
            raise OffhookError(f"the file {path} was changed after the call")
        return path.absolute().as_uri() if self._bucket is None else self._bucket.put(path, key)

    def _failed(self, records: Sequence[Record], error: str, attempt: int, *, gone: bool) -> float | None:
        """Append `RecordingFailed`. Return the Unix time of the next upload attempt, or None if no attempt follows."""
        final = gone or attempt > len(DELAYS)
        again_at = 0.0 if final else self._clock() + DELAYS[attempt - 1] * (1 + self._jitter() / 10)
        extra = {"call": records[0].call, "error": error, "attempt": attempt}
        if final:
            log.error("a recording was not uploaded; if its file exists, the next start tries again", extra=extra)
        elif attempt == 1:
            log.warning("a recording was not uploaded; its file stays, and the worker tries again later", extra=extra)
        self._append(records, RecordingFailed("upload", error, attempt, round(again_at, 3), final))
        return None if final else again_at

    def _remove_copy(self, path: Path, stored: Mapping[str, Any]) -> None:
        """Delete the local file of an uploaded recording, unless the setting `recordings_keep` is on."""
        local = str(stored["url"]) == path.as_uri()
        if not local and not self._settings.recordings_keep:
            path.unlink(missing_ok=True)

    def _append(self, records: Sequence[Record], fact: RecordingKept | RecordingStored | RecordingFailed) -> None:
        """Append this fact to the call's records in the journal. If another process has just used the same record
        number, try again with the next number.
        """
        first, now = records[0], self._clock()
        store = Store(self._settings.journal, self._settings.webhook_receivers)
        try:
            for _ in range(_WRITES):
                with Reader(self._settings.journal) as reader:
                    number = reader.next_number(first.call)
                elapsed = round(max(now - first.at + first.elapsed, records[-1].elapsed), 4)
                record = Record(first.call, number, now, elapsed, "fact", type(fact).__name__, to_body(fact))
                if store.write([row_of(record)]):
                    return
        finally:
            store.close()
        raise JournalError(f"the journal has no free number for a record of call {first.call}")


def _key(path: Path, records: Sequence[Record]) -> str:
    """Return the name of the file in the bucket. The bucket has a folder for each day."""
    return f"{datetime.fromtimestamp(records[0].at, UTC):%Y/%m/%d}/{path.name}"
