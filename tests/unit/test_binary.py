"""Which livekit-server is used, how one is fetched, and the errors if none is available."""

import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offhook.core.errors import ServerError
from offhook.dev.binary import VERSION, cache_folder, find_or_fetch
from offhook.dev.fetch import Download

SERVER = '#!/bin/sh\necho "livekit-server version 1.2.3"\n'
BUILDS = f"#!/bin/sh\nprintf '%s' '{SERVER}' > \"$GOBIN/server\"\n/bin/chmod 755 \"$GOBIN/server\"\n"
WAITS = (
    "#!/bin/sh\necho run >> '{0}.runs'\nwhile [ ! -e '{0}' ]; do /bin/sleep 0.02; done\n" + BUILDS.partition("\n")[2]
)
"""A build that ends once a file is there: nobody who gives up on it can hang, as before a pipe."""
CLOSED = Download(VERSION, system="linux", machine="x86_64", page="http://127.0.0.1:9")


def program(path: Path, text: str, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


class Place:
    """A machine with one folder on PATH and an empty cache."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.cache = folder / "cache"
        self.cached = self.cache / f"livekit-server-{VERSION}"
        self.said: list[str] = []

    def find(self, explicit: Path | None = None, *, source: Download = CLOSED) -> Path:
        environ = {"PATH": str(self.bin)}
        return find_or_fetch(explicit, environ=environ, cache=self.cache, progress=self.said.append, source=source)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return Place(tmp_path)


@pytest.fixture
def release(tmp_path: Path) -> Iterator[tuple[Download, Path]]:
    root = tmp_path / "release"
    folder = root / f"v{VERSION}"
    folder.mkdir(parents=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=root)  # type: ignore[arg-type]  # what socketserver hands over

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Download(VERSION, system="linux", machine="x86_64", page=f"http://127.0.0.1:{server.server_port}"), folder
        server.shutdown()
        thread.join(10)


def publish(source: Download, folder: Path) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("livekit-server")
        entry.size = len(SERVER)
        archive.addfile(entry, io.BytesIO(SERVER.encode()))
    content = packed.getvalue()
    (folder / source.archive).write_bytes(content)
    (folder / "checksums.txt").write_text(f"{hashlib.sha256(content).hexdigest()}  {source.archive}\n")
    return content


def test_the_server_asked_for_wins_over_one_on_path(place: Place, tmp_path: Path) -> None:
    program(place.bin / "livekit-server", SERVER)
    asked = program(tmp_path / "mine" / "server", SERVER)
    assert place.find(asked) == asked


def test_the_server_on_path_wins_over_the_cached_one(place: Place) -> None:
    on_path = program(place.bin / "livekit-server", SERVER)
    program(place.cached, SERVER)
    assert place.find() == on_path


def test_another_program_of_that_name_on_path_is_passed_over_and_named(place: Place) -> None:
    other = program(place.bin / "livekit-server", "#!/bin/sh\necho hello\n")
    program(place.cached, SERVER)
    assert place.find() == place.cached
    assert place.said == [f"skipping {other}: it is not a livekit-server (--version gives another name)"]


def test_the_cached_server_is_taken_without_asking_the_network(place: Place) -> None:
    program(place.cached, SERVER)
    assert place.find() == place.cached
    assert place.said == []


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [
        (None, 0, "there is no such file"),
        (SERVER, 0o644, "it is not executable"),
        ("#!/bin/sh\necho hello\n", 0o755, "it is not a livekit-server"),
        ("not a program", 0o755, "it does not run"),
    ],
)
def test_a_server_asked_for_that_cannot_be_used_is_refused_with_the_reason(
    place: Place, tmp_path: Path, text: str | None, mode: int, complaint: str
) -> None:
    asked = tmp_path / "server"
    if text is not None:
        program(asked, text, mode)
    with pytest.raises(ServerError, match=f"OFFHOOK_LIVEKIT_SERVER={asked} cannot be used: {complaint}.*; set it"):
        place.find(asked)


def test_a_folder_asked_for_is_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="it is not a file; set it"):
        place.find(tmp_path)


def test_a_release_is_downloaded_checked_and_kept(place: Place, release: tuple[Download, Path]) -> None:
    publish(*release)
    assert place.find(source=release[0]) == place.cached
    assert place.cached.read_text() == SERVER
    assert place.find(source=CLOSED) == place.cached
    assert place.said == [f"fetching livekit-server {VERSION} (livekit_{VERSION}_linux_amd64.tar.gz, about 25 MB)"]


def test_an_archive_that_differs_from_its_checksum_is_refused(place: Place, release: tuple[Download, Path]) -> None:
    content = publish(*release)
    (release[1] / release[0].archive).write_bytes(content + b"more")
    program(place.bin / "go", BUILDS)
    with pytest.raises(ServerError, match="the file was modified; try again from another network"):
        place.find(source=release[0])
    assert not place.cached.exists()


def test_a_closed_network_leads_to_a_build_that_is_kept(place: Place) -> None:
    program(place.bin / "go", BUILDS)
    assert place.find() == place.cached
    assert place.cached.read_text() == SERVER
    assert "cannot be downloaded" in place.said[1]
    assert place.said[2] == f"building livekit-server {VERSION} with Go: 1 to 2 minutes on 2 cores, once"
    assert {path.name for path in place.cache.iterdir()} == {place.cached.name, f"{place.cached.name}.lock"}


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "riscv64")])
def test_a_machine_without_a_release_leads_to_a_build(
    place: Place, release: tuple[Download, Path], system: str, machine: str
) -> None:
    publish(*release)
    program(place.bin / "go", BUILDS)
    source = Download(VERSION, system=system, machine=machine, page=release[0].page)
    assert place.find(source=source) == place.cached
    assert any("the release has no" in line for line in place.said)


def test_go_is_asked_for_the_pinned_version_without_cgo_and_debug_data(place: Place, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program(place.bin / "go", f'#!/bin/sh\necho "$@" "$CGO_ENABLED" > {seen}\n' + BUILDS.partition("\n")[2])
    place.find()
    options = "-ldflags=-s -w -gcflags=all=-dwarf=false"
    assert seen.read_text() == f"install {options} github.com/livekit/livekit-server/cmd/server@v{VERSION} 0\n"


def test_a_failing_build_shows_its_last_lines(place: Place) -> None:
    program(place.bin / "go", "#!/bin/sh\necho 'go: no space left' >&2\nexit 1\n")
    with pytest.raises(ServerError, match=r"go install ended with 1.*OFFHOOK_LIVEKIT_SERVER.*\ngo: no space left"):
        place.find()
    assert not place.cached.exists()


def test_without_network_and_go_the_error_says_what_to_install(place: Place) -> None:
    with pytest.raises(ServerError, match=r"Go is not installed to build one: .*livekit.*OFFHOOK_LIVEKIT_SERVER"):
        place.find()


def test_a_cache_that_cannot_be_made_is_named(place: Place) -> None:
    place.cache.write_text("a file")
    with pytest.raises(ServerError, match=f"the cache folder {place.cache} cannot be used: .*set OFFHOOK_CACHE"):
        place.find()


def test_a_long_build_shows_signs_of_life(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.dev.fetch.HEARTBEAT", 0.02)
    gate, alive = tmp_path / "gate", threading.Event()
    program(place.bin / "go", WAITS.format(gate))

    def progress(line: str) -> None:
        if line.startswith("still building livekit-server ("):
            alive.set()

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(
            find_or_fetch, environ={"PATH": str(place.bin)}, cache=place.cache, progress=progress, source=CLOSED
        )
        told = alive.wait(30)
        gate.touch()
        assert found.result(30) == place.cached
    assert told


def test_two_at_once_build_one_server(tmp_path: Path, place: Place) -> None:
    gate, waiting = tmp_path / "gate", threading.Event()
    program(place.bin / "go", WAITS.format(gate))

    def progress(line: str) -> None:
        if line.startswith("another offhook is fetching"):
            waiting.set()

    def find() -> Path:
        environ = {"PATH": str(place.bin)}
        return find_or_fetch(environ=environ, cache=place.cache, progress=progress, source=CLOSED)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(find), pool.submit(find)]
        told = waiting.wait(30)
        gate.touch()
        assert [one.result(30) for one in both] == [place.cached, place.cached]
    assert told
    assert (tmp_path / "gate.runs").read_text() == "run\n"


def test_the_cache_folder_follows_the_desktop_standard() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/offhook")
    assert cache_folder({}) == Path.home() / ".cache" / "offhook"
