"""`offhook check` with a bucket: a real S3 server, a folder, and what is said about each fault."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.unit.recordings.conftest import SECRET

from offhook.checks.checklist import CheckContext, check_list
from offhook.checks.recordings import check_recordings
from offhook.checks.run import run_checks
from offhook.settings import Settings


@pytest.mark.slow
async def test_a_test_file_is_uploaded_to_s3_and_nothing_is_left(s3: str) -> None:
    found = await check_recordings("s3://calls/recordings", limit=10)
    assert (found.state, found.detail) == ("ok", "s3://calls/recordings: a test file was uploaded and deleted")
    async with aiohttp.ClientSession() as http, http.get(f"{s3}/calls?list-type=2") as listing:
        assert "<KeyCount>0<" in await listing.text()


@pytest.mark.slow
async def test_a_bucket_that_does_not_exist_is_a_warning_and_tells_no_secret(s3: str) -> None:
    assert s3
    found = await check_recordings("s3://missing", limit=10)
    assert (found.state, found.detail) == ("warning", "s3://missing: the bucket or the file does not exist, HTTP 404")
    assert SECRET not in found.detail + found.todo


Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[None]]


@pytest.fixture
async def bucket_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Start a server in the place of S3 with this answer to each request."""
    running: list[web.AppRunner] = []

    async def serve(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        running.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)  # obstore makes no client without any certificate
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    yield serve
    for runner in running:
        await runner.cleanup()


async def test_a_bucket_that_never_answers_is_a_warning_within_the_limit(bucket_server: Serve) -> None:
    checked = asyncio.Event()

    async def late(_request: web.Request) -> web.StreamResponse:
        await checked.wait()
        return web.Response()

    await bucket_server(late)
    found = await check_recordings("s3://calls", limit=0.2)
    checked.set()
    assert (found.state, found.detail) == ("warning", "s3://calls has not answered within 0.2 s")


async def test_a_bucket_that_refuses_the_deletion_is_a_warning_with_the_files_name(bucket_server: Serve) -> None:
    stored: dict[str, bytes] = {}

    async def keeps(request: web.Request) -> web.StreamResponse:
        if request.method == "PUT":
            stored[request.path] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if request.method == "HEAD" and request.path in stored:
            return web.Response(
                body=stored[request.path], headers={"ETag": '"1"', "Last-Modified": "Tue, 01 Dec 2026 12:00:00 GMT"}
            )
        return web.Response(status=403)

    await bucket_server(keeps)
    found = await check_recordings("s3://calls", limit=5)
    assert (found.state, found.detail) == ("warning", "s3://calls accepts files, but refuses to delete them")
    (name,) = stored
    assert name.rpartition("/")[2] in found.todo


def test_a_folder_is_tried_out_offline_too_and_a_bucket_is_not(tmp_path: Path) -> None:
    def checked(url: str) -> str:
        settings = Settings(journal=tmp_path / "journal.db", cache=tmp_path, recordings_url=url)
        specs = check_list(settings, CheckContext({"PATH": ""}, tmp_path, network=False))
        found = asyncio.run(run_checks([spec for spec in specs if spec.name == "recordings"]))
        return found[0].state

    assert [checked((tmp_path / "recordings").as_uri()), checked("s3://calls")] == ["ok", "skipped"]
    assert list((tmp_path / "recordings").iterdir()) == []
