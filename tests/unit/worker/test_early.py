"""The forkserver is forked from the main process, and its processes are as if LiveKit had started it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

LIST = ("colorsys", "livekit.agents.ipc._preload", "livekit.agents.ipc._preload_freeze")
PROGRAM = """
import multiprocessing, os, psutil, signal, sys
from offhook.worker.early import start_forkserver

def report(sending):
    import gc, json
    modules = {name: name in sys.modules for name in ("colorsys", "offhook.worker.run_call", "openai.resources")}
    handler = signal.getsignal(signal.SIGTERM)
    sending.send({
        **modules, "frozen": gc.isenabled() and gc.get_freeze_count() > 0,
        "later": os.environ.get("LATER"), "gone": "GONE" in os.environ,
        "sigterm": getattr(handler, "__module__", str(handler)), "parent": os.getppid(),
        "thresholds": gc.get_threshold(),
    })

if __name__ == "__main__":
    import json
    os.environ["GONE"] = "x"
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(HELD)]
    start_forkserver()
    for descriptor in held:
        os.close(descriptor)
    import gc
    first = psutil.Process().children()[0].pid
    CHANGE
    del os.environ["GONE"]
    os.environ["LATER"] = "set by the agent's file"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIST)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=report, args=(sending,))
    process.start()
    assert gc.get_threshold() == (700, 10, 10)
    found = receiving.recv()
    memory = {line.split(":")[0]: line.split()[1] for line in open("/proc/self/smaps_rollup") if "kB" in line}
    shared = int(memory["Shared_Dirty"]) / int(memory["Anonymous"])
    print(json.dumps({**found, "first": first, "shared": shared}))
    process.join()
"""


def run(tmp_path: Path, change: str = "pass", *, held: int = 0) -> dict[str, object]:
    """What a process of the forkserver reports. `change` is done after the start of the forkserver.

    So many descriptors are `held` at the start and closed after it; the forkserver keeps them.
    """
    file = tmp_path / "program.py"
    program = PROGRAM.replace("LIST", repr(list(LIST))).replace("CHANGE", change).replace("HELD", str(held))
    file.write_text(program, encoding="utf-8")
    environ = {**os.environ, "OFFHOOK_PRESET": "offline", "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, env=environ, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_process_has_livekits_list_and_the_environment_of_that_moment(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.pop("parent") == found.pop("first")
    del found["shared"]
    assert found == {
        "colorsys": True,
        "offhook.worker.run_call": True,
        "openai.resources": True,
        "frozen": True,
        "later": "set by the agent's file",
        "gone": False,
        "sigterm": "offhook.worker.signals",
        "thresholds": [700, 10, 10],
    }


def test_the_main_process_shares_most_of_its_memory_with_the_forkserver(tmp_path: Path) -> None:
    shared = run(tmp_path)["shared"]
    assert isinstance(shared, float)
    assert shared > 0.5


def test_a_forkserver_that_died_is_started_again_with_livekits_list(tmp_path: Path) -> None:
    found = run(tmp_path, change="os.kill(first, signal.SIGKILL)")
    assert found["parent"] != found["first"]
    assert (found["colorsys"], found["frozen"], found["later"]) == (True, True, "set by the agent's file")


def test_a_forkserver_that_uses_the_numbers_of_the_command_becomes_a_new_program(tmp_path: Path) -> None:
    found = run(tmp_path, held=30)
    assert found["parent"] == found["first"]
    assert (found["colorsys"], found["frozen"], found["later"]) == (True, True, "set by the agent's file")
    shared = found["shared"]
    assert isinstance(shared, float)
    assert shared < 0.1


def test_the_forkserver_ends_with_a_main_process_that_ends_before_livekit_starts(tmp_path: Path) -> None:
    program = "from offhook.worker.early import start_forkserver\nimport psutil\nstart_forkserver()\n"
    program += "print(psutil.Process().children()[0].pid, flush=True)\nraise SystemExit(3)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 3, done.stderr
    with_it = int(done.stdout)
    if psutil.pid_exists(with_it):
        psutil.Process(with_it).wait(60)
