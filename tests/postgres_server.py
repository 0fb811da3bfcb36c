"""A real PostgreSQL for tests: the programs of Debian's package, run by an unprivileged user in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from offhook.dev.ports import LOOPBACK, free_port
from offhook.dev.spawn import spawn, stop_group

INSTALL = "PostgreSQL is not installed: apt-get install postgresql (macOS: brew install postgresql)"
PASSWORD = "pass-4711-word"
USER = "keeper"
READY = "database system is ready to accept connections"
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB", "max_connections=30")


def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs. Debian does not put them on PATH."""
    found = [one.parent for one in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return max(found, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0, default=None)


@dataclass
class PostgresServer:
    """A running server, with a user of all rights. `stop` kills it as a power failure would; `start` recovers it."""

    programs: Path
    folder: Path
    port: int
    _child: subprocess.Popen[bytes] | None = None
    _lines: list[str] = field(default_factory=list)
    _locking: subprocess.Popen[bytes] | None = None

    def address(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers. It ends with the thread that calls this."""
        options = [f"port={self.port}", f"listen_addresses={LOOPBACK}", f"unix_socket_directories={self.folder}", *FAST]
        command = [self.programs / "postgres", "-D", self.folder / "data", *(f"--{option}" for option in options)]
        self._child = spawn(unprivileged(command), environ={"LC_ALL": "C"}, output=subprocess.PIPE)
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self._child, ready), daemon=True).start()
        if not ready.wait(30) or self._child.poll() is not None:
            raise RuntimeError("PostgreSQL does not start:\n" + "".join(self._lines[-10:]))

    def stop(self) -> None:
        if self._child is not None:
            stop_group(self._child)
            self._child = None

    def run(self, statement: str, database: str = "postgres") -> str:
        """Run this statement and return what psql prints: a line for each row, with `|` between the values."""
        command = [self.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.address(database)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def locked(self, database: str, table: str) -> Iterator[None]:
        """Lock this table until `unlock` or the end of the block."""
        command = [self.programs / "psql", "-XAtq", self.address(database)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as self._locking:
            assert self._locking.stdin is not None
            assert self._locking.stdout is not None
            self._locking.stdin.write(f"BEGIN; LOCK TABLE {table}; SELECT 'locked';\n".encode())
            self._locking.stdin.flush()
            assert self._locking.stdout.readline() == b"locked\n"
            try:
                yield
            finally:
                self.unlock()

    def unlock(self) -> None:
        assert self._locking is not None
        self._locking.terminate()
        self._locking.wait()

    def wait_for_a_lock(self, database: str) -> None:
        """Wait until somebody waits for a lock in this database. The server tells it to nobody, so ask."""
        waiting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'"
        while self.run(waiting) == "0":
            time.sleep(0.02)

    @contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """Create a database and return its address."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} {options}")
        try:
            yield self.address(name)
        finally:
            if self._child is None:
                self.start()
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _read(self, child: subprocess.Popen[bytes], ready: threading.Event) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self._lines.append(line.decode(errors="replace"))
            if READY in self._lines[-1]:
                ready.set()
        ready.set()


def unprivileged(command: list[str | Path]) -> list[str | Path]:
    """Return the command as another user if this is root: root may not run PostgreSQL."""
    if os.geteuid():
        return command
    user = _user()
    change = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=KILL"]
    return ["setpriv", *change, "--", *command]


@contextmanager
def postgres_server(programs: Path) -> Iterator[PostgresServer]:
    """Run a server with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="offhook-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if not os.geteuid():
            os.chown(folder, _user().pw_uid, _user().pw_gid)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        options = ["--no-sync", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={secret}", "--encoding=UTF8"]
        initdb = [programs / "initdb", "-D", folder / "data", "--locale=C", *options]
        subprocess.run(unprivileged(initdb), check=True, capture_output=True, cwd=folder)
        server = PostgresServer(programs, folder, free_port(socket.SOCK_STREAM))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
