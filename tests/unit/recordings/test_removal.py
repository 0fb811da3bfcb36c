"""`offhook prune` also deletes the recordings of the calls that it deletes."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from offhook.cli.prune import prune as command
from offhook.journal.reader import Reader
from offhook.recordings.bucket import Bucket
from offhook.recordings.keeper import Keeper

from .conftest import CALL, Desk


def pruned(desk: Desk, monkeypatch: pytest.MonkeyPatch, *, url: str = "") -> Result:
    monkeypatch.chdir(desk.settings.journal.parent)
    if url:
        monkeypatch.setenv("OFFHOOK_RECORDINGS_URL", url)
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, ["--older-than", "0s", "--yes", "--journal", str(desk.settings.journal)])


def calls(desk: Desk) -> list[str]:
    with Reader(desk.settings.journal) as reader:
        return [summary.call for summary in reader.calls()]


def test_a_local_recording_is_deleted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.finished()
    Keeper(desk.settings, None).keep(CALL)
    result = pruned(desk, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "recordings: 1 (0 uploaded)" in result.output
    assert not desk.file().exists()
    assert calls(desk) == []


def test_an_uploaded_recording_is_deleted_in_its_bucket(
    uploading: Desk, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploading.finished()
    Keeper(uploading.settings, Bucket(bucket.as_uri())).keep(CALL)
    assert list(bucket.rglob("*.ogg"))
    result = pruned(uploading, monkeypatch, url=bucket.as_uri())
    assert result.exit_code == 0, result.output
    assert list(bucket.rglob("*.ogg")) == []
    assert calls(uploading) == []


@pytest.mark.parametrize("url", ["", "file:///another/place"])
def test_a_recording_in_a_bucket_that_is_not_configured_is_named_and_its_call_stays(
    uploading: Desk, bucket: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    uploading.finished()
    Keeper(uploading.settings, Bucket(bucket.as_uri())).keep(CALL)
    result = pruned(uploading, monkeypatch, url=url and (tmp_path / "other").as_uri())
    assert result.exit_code == 1
    assert f"{bucket.as_uri()}/2026/11/30/AJ_recorded.ogg" in result.output.replace("\n", "")
    assert calls(uploading) == [CALL]
