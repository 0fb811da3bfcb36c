"""`offhook compare FILE`: runs healthy calls with LiveKit alone and with offhook, and shows the differences."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.testing.compare import Compared

__all__ = ["compare"]


def compare(
    agent: Annotated[Path, typer.Argument(help="The agent file.")],
    seed: Annotated[
        int, typer.Option(help="The seed of the callers; the same seed gives the same callers on every machine.")
    ] = 1,
    calls: Annotated[int, typer.Option(min=1, help="How many calls.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value for each call.")] = False,
) -> None:
    """Run generated calls with LiveKit alone and with offhook, in virtual time, and show the differences.

    The callers are polite, interrupting, silent, noisy or slow. No key is needed: the agent's models are replaced. The
    exit code is 1 if a call differs; the smallest such call is shown with both runs side by side.
    """
    from offhook.testing.compare import callers, compare_all, smallest
    from offhook.testing.simulation.agent_file import loaded

    with loaded(agent):  # loaded here, so that errors in the file are reported before the first call
        pass
    chosen = list(callers(seed, calls))
    wrong = []
    for number, ((kind, _), compared) in enumerate(
        zip(chosen, compare_all([spec for _, spec in chosen], agent=agent), strict=True), 1
    ):
        wrong += [] if compared.same else [compared]
        print(_json(kind, compared) if as_json else _row(number, kind, compared), flush=True)
    if not as_json:
        print(f"\n{calls} calls, {len(wrong)} with differences")
    if not wrong:
        return
    if not as_json:
        print("searching for the smallest call that differs...", file=sys.stderr)
        least = smallest(wrong[0], agent=agent)
        print(f"\nThe smallest such call:\n\n{_report(least, agent)}")
    raise typer.Exit(1)


def _row(number: int, kind: str, compared: "Compared") -> str:
    what = compared.crash or (str(compared.found[0])[:200] if compared.found else "the same call")
    return f"{number:>4}  {kind:<13} {what}"


def _json(kind: str, compared: "Compared") -> str:
    from offhook.testing.compare import written

    row = {
        "caller": kind,
        "spec": written(compared.spec),
        "differences": [str(one) for one in compared.found],
        "crash": compared.crash,
    }
    return json.dumps(row, ensure_ascii=False)


def _report(compared: "Compared", agent: Path) -> str:
    from offhook.testing.compare import report_of

    return report_of(compared.spec, agent=agent)
