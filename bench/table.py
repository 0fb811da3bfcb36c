"""Formats figures as a table."""

from collections.abc import Sequence

from bench.stats import Figure

__all__ = ["table"]

_HEAD = ("figure", "n", "median", "p99", "goal", "ok")


def table(figures: Sequence[Figure]) -> str:
    """Return an aligned Markdown table with one row per figure."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(_placed(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    summary = figure.summary()
    key = figure.key if figure.calls is None else f"{figure.key}, {figure.calls} call{'s' if figure.calls > 1 else ''}"
    goal = f"{figure.goal}" if figure.goal else "reported"
    if figure.held is not None:
        goal += f" (it is {figure.held:.3g})"
    ok = {True: "yes", False: "NO", None: ""}[figure.ok]
    return (key, str(summary["n"]), _number(summary.get("median")), _number(summary.get("p99")), goal, ok)


def _number(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else "-"


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if 1 <= at <= 3 else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
