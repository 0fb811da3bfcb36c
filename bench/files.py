"""Simulates calls with agent files of many different forms (`bench/agent_files`), before and after `offhook adopt`.

.venv/bin/python -m bench.files
.venv/bin/python -m bench.files --json

The figures:

- `simulated`: the number of unchanged files with which a simulated call succeeds without API keys.
- `drilled_led`: the number of files whose agent answers three questions in a drill without a fault. In this drill, the
  file's own models use the provider sandbox.
- `adopted`: the number of files with which a simulated call still succeeds after `offhook adopt`.
- `ended_as_expected`: the number of adopted files with which two calls end for the expected reason. In the first call,
  the caller hangs up. In the second call, the caller stays silent.
- `lines_changed_median`: the median number of lines that `offhook adopt` adds or changes in a file.
"""

import argparse
import json
import logging
import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.file_callers import PLANS, CallPlan
from offhook.cli.adoption.adopt import adopted, changed_lines
from offhook.testing import SimulatedCall, simulate
from offhook.testing.drill import judge, rehearse
from offhook.testing.drill.lines import LINES

FOLDER = Path(__file__).parent / "agent_files"
_BESIDE = ("tools.py", "prompts.py", "__init__.py")


@dataclass(frozen=True)
class Result:
    """The result of one file. `error` says why a step failed."""

    file: str
    simulated: bool = False
    led: bool = False
    adopted: bool = False
    ended: bool = False
    lines: int = 0
    error: str = ""


def files(folder: Path = FOLDER) -> list[Path]:
    """Return the agent files of this folder."""
    return sorted(path for path in folder.rglob("*.py") if path.name not in _BESIDE)


def measure(path: Path, copy: Path) -> Result:
    """Simulate a call with this agent file, write its adopted text to `copy`, and simulate two calls with the copy."""
    name = str(path.relative_to(FOLDER).with_suffix(""))
    plan = PLANS.get(name, CallPlan())
    result = Result(name)
    try:
        _check(simulate(path, plan.talks, **plan.options), "caller_hung_up", said=True)
        result = Result(name, simulated=True)
        result = replace(result, led=_led(path, plan))
        text = adopted(path)
        lines = changed_lines(path, text)
        copy.write_bytes(text)
        talked = simulate(copy, plan.talks, **plan.options)
        _check(talked, talked.reason, said=True)
        result = replace(result, adopted=True, lines=lines)
        _check(talked, "caller_hung_up")
        _check(simulate(copy, plan.silent, **plan.options), plan.reason)
    except Exception as error:  # noqa: BLE001  # any error is a result of this file
        return replace(result, error=f"{type(error).__name__}: {error}")
    return replace(result, ended=True)


def _led(path: Path, plan: CallPlan) -> bool:
    """Simulate the drill call without a fault, in which the file's own models use the provider sandbox."""
    call = rehearse(path, None, setup=plan.drill)
    verdict = judge(call)
    assert not call.errors, call.errors
    assert verdict.answered == len(LINES), f"{verdict.answered} of {len(LINES)} questions were answered in a drill"
    assert call.services, "no model used the sandbox"
    assert not call.replaced, call.replaced
    return True


def _check(call: SimulatedCall, reason: str, *, said: bool = False) -> None:
    assert not call.errors, call.errors
    assert call.said or not said, f"the agent said nothing\n{call.timeline}"
    assert call.reason == reason, f"the reason is {call.reason} ({call.detail}), not {reason}\n{call.timeline}"


def figures(results: Sequence[Result]) -> dict[str, object]:
    """Count the files that passed each step."""
    return {
        "files": len(results),
        "simulated": sum(one.simulated for one in results),
        "drilled_led": sum(one.led for one in results),
        "adopted": sum(one.adopted for one in results),
        "ended_as_expected": sum(one.ended for one in results),
        "lines_changed_median": statistics.median([one.lines for one in results if one.lines] or [0]),
        "failed": {one.file: one.error for one in results if one.error},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("only", nargs="*", help="names of files, such as decorated")
    options = parser.parse_args()
    logging.lastResort = None
    warnings.simplefilter("ignore")
    began, results = time.monotonic(), list[Result]()
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder) / "agent_files"
        shutil.copytree(FOLDER, copies, ignore=shutil.ignore_patterns("__pycache__"))
        out, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: PTH123, SIM115  # some agents print
        for path in files():
            if not options.only or path.relative_to(FOLDER).with_suffix("").as_posix() in options.only:
                results.append(measure(path, copies / path.relative_to(FOLDER)))
                print(_row(results[-1]), file=sys.stderr)
        sys.stdout = out
    result = {**figures(results), "seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(result, ensure_ascii=False) if options.json else "\n".join(f"{k}: {v}" for k, v in result.items()))
    return 1 if result["failed"] else 0


def _row(one: Result) -> str:
    marks = "".join("x" if yes else "-" for yes in (one.simulated, one.led, one.adopted, one.ended))
    return f"{marks} {one.lines:>3} {one.file:<22} {one.error.splitlines()[0][:160] if one.error else ''}"


if __name__ == "__main__":
    sys.exit(main())
