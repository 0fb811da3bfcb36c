"""The journal with real processes: killed writers, many writers, a full disk."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offhook.journal.reader import Reader

pytestmark = pytest.mark.slow

COMMON = """
import asyncio, resource, sys
from pathlib import Path
from offhook.core.record import Record
from offhook.journal.writer import Journal

journal, call = Journal.open(Path(sys.argv[1])), sys.argv[2]

def append(start, end):
    for seq in range(start, end):
        journal.append(Record(call, seq, 1000.0, seq / 10, "fact", "Warned", {"text": "x" * 100}))
"""
KILLED = """
async def main():
    seq = 0
    while True:
        append(seq, seq + 50)
        seq += 50
        assert await journal.flushed(30)
        print(seq, flush=True)
        append(seq, seq + 7)
        seq += 7
"""
MANY = """
async def main():
    sys.stdin.read(1)
    for start in range(0, 200, 50):
        append(start, start + 50)
        assert await journal.flushed(60)
    print(journal.close(60), journal.lost)
"""
FULL = """
async def main():
    append(0, 100)
    assert await journal.flushed(30)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    append(100, 1100)
    full = await journal.flushed(30)
    append(1100, 2000)
    still = await journal.flushed(30)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    free = await journal.flushed(30)
    print(full, still, free, journal.close(30), journal.lost)
"""


Start = Callable[[str, str], subprocess.Popen[str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "journal.db"


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    """Starts a writer process with this script for this call. All writers end with the test."""
    running: list[subprocess.Popen[str]] = []

    def started(script: str, call: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", f"{COMMON}{script}\nasyncio.run(main())", str(path), call]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        with process:  # closes the pipes
            pass


def test_killed_writer_loses_nothing_that_was_safe(start: Start, path: Path) -> None:
    process = start(KILLED, "call")
    assert process.stdout is not None
    safe = [int(process.stdout.readline()) for _ in range(30)][-1]
    process.kill()
    process.wait(60)
    with Reader(path) as reader:
        found = [record.seq for record in reader.records("call")]
    assert found == list(range(len(found)))
    assert len(found) >= safe


def test_journal_can_be_read_while_it_is_written(start: Start, path: Path) -> None:
    process = start(KILLED, "call")
    assert process.stdout is not None
    process.stdout.readline()
    seen: list[int] = []
    with Reader(path) as reader:
        for _ in range(10):
            safe = int(process.stdout.readline())
            seen += [record.seq for record in reader.records("call", after=seen[-1] if seen else -1)]
            assert len(seen) >= safe
    assert seen == list(range(len(seen)))


def test_thirty_processes_write_at_once(start: Start, path: Path) -> None:
    processes = [start(MANY, f"call-{number:02}") for number in range(30)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    assert [process.communicate(timeout=100) for process in processes] == [("True 0\n", "")] * 30
    with Reader(path) as reader:
        for summary in reader.calls(limit=100):
            assert [record.seq for record in reader.records(summary.call)] == list(range(200))
        assert len(reader.calls(limit=100)) == 30


def test_full_disk_is_said_once_and_nothing_is_lost_when_there_is_room_again(start: Start, path: Path) -> None:
    out, said = start(FULL, "call").communicate(timeout=100)
    assert out == "False False True True 0\n"
    assert said.count("the journal cannot be written") == 1
    assert "Traceback" in said
    with Reader(path) as reader:
        assert [record.seq for record in reader.records("call")] == list(range(2000))
