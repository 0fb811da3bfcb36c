"""Formats the figures as tables."""

from collections.abc import Mapping, Sequence

from bench.endpointing.crowd import Ends
from bench.endpointing.equal import Equal

__all__ = ["crowd_table", "equal_table", "table"]


def table(rows: Mapping[str, Mapping[str, object]]) -> str:
    """Return a table with one row for each rule."""
    head = ("rule", "mean", "95 %", "p50", "p90", "ends", "inside", "at sentence ends")
    return _aligned([head, *(_row(name, row) for name, row in rows.items())])


def _row(name: str, row: Mapping[str, object]) -> tuple[str, ...]:
    between = row["mean_interval"]
    spread = f"{between[0]:.2f}-{between[1]:.2f}" if isinstance(between, tuple) else "-"
    delays = [f"{row[key]:.2f}" if row["ends"] else "-" for key in ("mean", "p50", "p90")]
    cut_ins = [f"{row[key]} of {row[f'{key}_of']}" for key in ("inside", "sentence")]
    return (name, delays[0], spread, delays[1], delays[2], str(row["ends"]), *cut_ins)


def equal_table(rows: Mapping[str, Equal]) -> str:
    """Return a table with one row for each group of recordings."""
    head = ("recordings", "n", "ends", "cut-ins", "of LiveKit", "mean", "of LiveKit's", "p90", "of LiveKit's")
    return _aligned([head, *(_equal_row(name, row) for name, row in rows.items())])


def _equal_row(name: str, row: Equal) -> tuple[str, ...]:
    counts = map(str, (row.recordings, row.ends, row.cut_ins, row.cut_ins_stock))
    mean = f"{row.mean_ratio:.2f} ({row.mean_ratio_interval[0]:.2f}-{row.mean_ratio_interval[1]:.2f})"
    p90 = f"{row.p90_ratio:.2f} ({row.p90_ratio_interval[0]:.2f}-{row.p90_ratio_interval[1]:.2f})"
    return (name, *counts, f"{row.mean:.2f}", mean, f"{row.p90:.2f}", p90)


def crowd_table(rows: Mapping[str, Sequence[Ends]]) -> str:
    """Return a table with one row for each loudness of the crowd."""
    head = ("the order above the crowd", "orders", "no end in 3 s: VAD", "with the words", "latest", "cut-ins")
    return _aligned([head, *(_crowd_row(name, row) for name, row in rows.items())])


def _crowd_row(name: str, row: Sequence[Ends]) -> tuple[str, ...]:
    late = [sum(one.vad > _LATE for one in row), sum(one.words > _LATE for one in row)]
    latest = max(one.words for one in row)
    return (name, str(len(row)), *map(str, late), f"{latest:.2f}", str(sum(one.cut_in for one in row)))


_LATE = 3.0


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
