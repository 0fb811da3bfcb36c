"""`dev` supervises its worker; a small real process plays the worker."""

import io
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from offhook.dev.spawn import spawn, stop_group
from offhook.dev.worker_process import READY, supervise_worker

WORKER = """
import os, signal, sys
def end(number, frame):
    os.write(1, f"got {{signal.Signals(number).name}}\\n".encode())  # print is not reentrant
    {at_signal}
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
os.write(1, b"\\x1b[32mINFO\\x1b[0m registered worker\\n")
while True:
    signal.pause()
"""


def attended(folder: Path, code: str, when: Callable[[str], None] = lambda _line: None) -> tuple[int, str, list[str]]:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        when(line)

    out = io.BytesIO()
    child = spawn([sys.executable, "-c", code], environ={}, output=subprocess.PIPE)
    try:
        result = supervise_worker(child, folder, say=say, out=out)
    finally:
        stop_group(child)
    return result, out.getvalue().decode(), said


def interrupt_when(*starts: str) -> Callable[[str], None]:
    def when(line: str) -> None:
        if line.startswith(starts):
            os.kill(os.getpid(), signal.SIGINT)

    return when


def test_one_interrupt_reaches_the_worker_as_one_sigterm(tmp_path: Path) -> None:
    code, out, said = attended(tmp_path, WORKER.format(at_signal="sys.exit(0)"), interrupt_when("Ready."))
    assert code == 0
    assert out == "\x1b[32mINFO\x1b[0m registered worker\ngot SIGTERM\n"
    assert said == [READY, "stopping: the running calls end with a goodbye; press Ctrl-C again to force the stop"]


def test_an_interrupt_that_does_not_end_the_wait_is_handled(tmp_path: Path) -> None:
    def interrupt_this_thread(line: str) -> None:
        if line.startswith("Ready."):
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    code, out, _said = attended(tmp_path, WORKER.format(at_signal="sys.exit(0)"), interrupt_this_thread)
    assert (code, "got SIGTERM" in out) == (0, True)


def test_a_second_interrupt_kills_a_worker_that_does_not_end(tmp_path: Path) -> None:
    code, _out, said = attended(tmp_path, WORKER.format(at_signal="pass"), interrupt_when("Ready.", "stopping"))
    assert code == 1
    assert "the worker and its calls were killed" in said


def test_a_worker_that_dies_is_reported_with_its_last_lines_and_exit_code(tmp_path: Path) -> None:
    code, out, said = attended(tmp_path, "import sys; print('no models'); sys.exit(3)")
    assert (code, out) == (3, "no models\n")
    assert said == ["the worker ended unexpectedly (exit code 3); see its last lines above"]


def test_a_worker_that_ends_well_by_itself_is_a_failure_too(tmp_path: Path) -> None:
    code, _out, said = attended(tmp_path, "")
    assert code == 1
    assert said == ["the worker ended unexpectedly (exit code 0); see its last lines above"]


def test_a_killed_worker_is_named_so(tmp_path: Path) -> None:
    _code, _out, said = attended(tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert said == ["the worker ended unexpectedly (killed by SIGKILL); see its last lines above"]


def test_what_the_worker_started_does_not_outlive_it(tmp_path: Path) -> None:
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    sleeps = "subprocess.Popen(['/bin/sleep', '600'], pass_fds=[held.fileno()])"
    leaves = f"import subprocess; held = open({str(fifo)!r}, 'w'); {sleeps}"
    attended(tmp_path, leaves)
    assert select.select([held], [], [], 30)[0] == [held]  # end of file: no process holds the pipe
    assert os.read(held, 1) == b""
    os.close(held)


def test_the_signals_are_given_back(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    attended(tmp_path, "")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
