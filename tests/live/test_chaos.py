"""A short run of the chaos benchmark: nothing is lost and nobody is left alone when jobs and workers are killed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.exact]

ROOT = Path(__file__).parents[2]
ZEROS = ("lost", "open_rooms", "wrongly_closed", "no_reason", "undelivered", "failed_scenes")


async def test_two_killed_jobs_a_terminated_group_and_a_killed_worker_leave_nothing_behind() -> None:
    command = [sys.executable, "-m", "bench.chaos", "--counts", "2,1,1,0", "--json"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    run = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=170, check=False
    )
    result = json.loads(run.stdout.splitlines()[-1])
    assert {name: result[name] for name in ZEROS} == dict.fromkeys(ZEROS, 0), run.stderr[-3000:]
    assert result["calls"] >= sum((2, 1, 1))
    assert run.returncode == 0
