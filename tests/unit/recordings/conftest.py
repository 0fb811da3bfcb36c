"""Recordings of finished calls: real Ogg files, and a journal with their calls."""

import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from offhook.core.facts import Connected, Ended, Fact, RecordingKept, RecordingStarted
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.rows import row_of
from offhook.journal.store import Store
from offhook.recordings.file import file_of, measured
from offhook.settings import Settings

BEGAN = 1_796_000_000.0
CALL = "AJ_recorded"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"


def write_ogg(path: Path, seconds: float) -> None:
    """Write a stereo tone as LiveKit's recorder does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = (0.1 * np.sin(np.arange(round(seconds * 48_000)) / 20)).astype(np.float32)
    with av.open(path, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@dataclass
class Desk:
    """The settings of a worker, its journal and its folder of recordings."""

    settings: Settings

    def file(self, call: str = CALL) -> Path:
        return file_of(self.settings.recordings_folder, call)

    def journal(self, *facts: Fact, call: str = CALL, at: float = BEGAN) -> None:
        """Write these facts, one second apart."""
        store = Store(self.settings.journal, self.settings.webhook_receivers)
        for seq, fact in enumerate(facts):
            record = Record(call, seq, at + seq, float(seq), "fact", type(fact).__name__, to_body(fact))
            store.write([row_of(record)])
        store.close()

    def finished(self, call: str = CALL, *, seconds: float = 1.0) -> RecordingKept:
        """Make a finished call with a recording; return the fact of its file."""
        write_ogg(self.file(call), seconds)
        found = measured(self.file(call))
        kept = RecordingKept(str(self.file(call)), found.sha256, found.bytes, found.seconds, BEGAN + 1)
        self.journal(Connected("room", "agent"), RecordingStarted(), kept, Ended("completed"), call=call)
        return kept

    def records(self, call: str = CALL) -> Sequence[Record]:
        with Reader(self.settings.journal) as reader:
            return reader.records(call)

    def named(self, name: str, call: str = CALL) -> list[dict[str, object]]:
        return [dict(record.body) for record in self.records(call) if record.name == name]


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """A folder as the place of uploads."""
    return tmp_path / "bucket"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Settings(OFFHOOK_JOURNAL=tmp_path / "journal.db"))


@pytest.fixture
def uploading(desk: Desk, bucket: Path) -> Desk:
    return Desk(desk.settings.model_copy(update={"recordings_url": bucket.as_uri()}))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server on this machine, with the bucket `calls`."""
    from moto.server import ThreadedMotoServer  # one second, for the slow tests only

    monkeypatch.delenv("SSL_CERT_DIR", raising=False)  # obstore makes no client without any certificate
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
    }.items():
        monkeypatch.setenv(name, value)
    with urllib.request.urlopen(urllib.request.Request(f"{url}/calls", method="PUT")):  # our own server
        yield url
    server.stop()
