"""The bucket: a real S3 server, a folder, and what is said when it does not work."""

import builtins
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.unit.recordings.conftest import SECRET

from offhook.core.errors import SettingsError
from offhook.recordings.bucket import Bucket, BucketError


@pytest.mark.slow
def test_a_file_goes_to_s3_and_is_deleted_there(s3: str, tmp_path: Path) -> None:
    bucket = Bucket("s3://calls/recordings")
    (file := tmp_path / "call.ogg").write_bytes(bytes(range(256)) * 24_000)  # more than one part
    url = bucket.put(file, "2026/11/30/call.ogg")
    assert url == "s3://calls/recordings/2026/11/30/call.ogg"
    with urllib.request.urlopen(f"{s3}/calls/recordings/2026/11/30/call.ogg") as answer:  # our own server
        assert answer.headers["Content-Type"] == "audio/ogg"
        assert answer.read() == file.read_bytes()
    assert bucket.delete(url)
    assert bucket.delete(url)  # already gone
    assert not bucket.delete("s3://other/call.ogg")
    with pytest.raises(BucketError, match="the bucket or the file does not exist") as caught:
        Bucket("s3://missing").put(file, "call.ogg")
    assert SECRET not in str(caught.value)


@pytest.mark.slow
def test_a_bucket_that_cannot_be_reached_is_one_short_line(s3: str, tmp_path: Path, monkeypatch: Any) -> None:
    assert s3
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (file := tmp_path / "call.ogg").write_bytes(b"x")
    with pytest.raises(BucketError, match=r"^the bucket cannot be reached$"):
        Bucket("s3://calls").put(file, "call.ogg")


def test_a_folder_that_is_a_file_is_one_short_line(tmp_path: Path) -> None:
    (file := tmp_path / "call.ogg").write_bytes(b"x")
    bucket = Bucket((tmp_path / "folder").as_uri())
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(BucketError) as caught:
        bucket.put(file, "2026/call.ogg")
    assert len(str(caught.value)) < 100


def test_without_obstore_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("obstore"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(SettingsError, match=r"pip install 'offhook\[recording\]'"):
        Bucket("s3://calls")
