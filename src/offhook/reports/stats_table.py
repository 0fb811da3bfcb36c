"""Writes the statistics of calls as text for a terminal."""

from collections.abc import Iterator, Mapping

from offhook.core.usage import ModelUsage
from offhook.reports.call_figures import EarlyAnswers
from offhook.reports.render import clean
from offhook.reports.stats import Group, Percentiles

__all__ = ["stats_text"]

_HEAD = f"{'':16}{'count':>8}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}"
_LINE: Mapping[str, tuple[str, float, str]] = {
    "jitter_ms": ("jitter", 1, "ms"),
    "loss": ("loss", 100, "%"),
    "round_trip_ms": ("round trip", 1, "ms"),
    "concealed": ("concealed", 100, "%"),
}


def stats_text(group: Group) -> str:
    """Return the statistics of one version of one agent as text."""
    return "\n".join(clean(line) for line in _lines(group)) + "\n"


def _lines(group: Group) -> Iterator[str]:
    name = " ".join(filter(None, [group.agent or "agent without a name", group.version]))
    yield f"{name}: {_count(group.calls, 'call')}, {group.seconds / 60:.1f} minutes"
    yield "  ended: " + ", ".join(f"{reason} {count}" for reason, count in group.reasons.most_common())
    yield f"  {_HEAD}"
    for stage, one in group.latencies.items():
        yield from _row(stage, one, unit="s")
    yield from _row("longest silence", group.distribution("longest silence"), unit="s")
    for tool, one in group.tools.items():
        errors = group.tool_errors[tool]
        yield from _row(tool, one, unit=f"s, {errors} failed" if errors else "s")
    for key, one in group.line.items():
        label, scale, unit = _LINE[key]
        yield from _row(label, one, scale=scale, unit=unit)
    silent = f"{group.silent / group.seconds:.0%} of the time" if group.seconds else "0 s"
    yield f"  silence: {silent}, {_count(group.ladder, 'ladder step')}, {_count(group.interruptions, 'interruption')}"
    if group.early != EarlyAnswers():
        yield f"  {_early(group.early)}"
    if group.bad_lines:
        yield f"  the line turned bad in {_count(group.bad_lines, 'call')}"
    if group.problems:
        yield "  problems: " + ", ".join(f"{name} {count}" for name, count in group.problems.most_common())
    for used in group.usage.values():
        yield f"  {_usage(used)}"
    yield from _cost(group)


def _row(name: str, one: Percentiles | None, *, unit: str, scale: float = 1) -> Iterator[str]:
    if one is not None:
        values = "".join(f"{value * scale:9.2f}" for value in (one.p50, one.p90, one.p99, one.max))
        yield f"  {name[:16]:16}{one.count:8}{values} {unit}"


def _usage(used: ModelUsage) -> str:
    name = "/".join(filter(None, [used.provider, used.model])) or used.kind
    audio = f" ({used.input_audio_tokens} audio)" if used.input_audio_tokens else ""
    spoken = f" ({used.output_audio_tokens} audio)" if used.output_audio_tokens else ""
    parts = [
        f"{used.input_tokens} input tokens{audio}" if used.input_tokens else "",
        f"{used.cached_tokens} cached" if used.cached_tokens else "",
        f"{used.output_tokens} output tokens{spoken}" if used.output_tokens else "",
        f"{used.characters} characters" if used.characters else "",
        f"{used.heard / 60:.1f} minutes heard" if used.heard else "",
        f"{used.spoken / 60:.1f} minutes spoken" if used.spoken else "",
    ]
    return f"{name}: {', '.join(filter(None, parts)) or 'no usage'}"


def _early(early: EarlyAnswers) -> str:
    known = [
        f"{early.input_tokens} input tokens",
        f"{early.output_tokens} output tokens",
        f"{early.characters} characters",
    ]
    cost = ", ".join(one for one in known if not one.startswith("0 "))
    thrown_away = f"{early.thrown_away} thrown away" + (f" ({cost} reported)" if cost else "")
    return f"answers begun before the end of turn: {early.used} used, {thrown_away}"


def _cost(group: Group) -> Iterator[str]:
    if group.cost is not None:
        least = "at least " if group.missing_prices else ""
        yield f"  cost: {least}{group.cost:.4f}, {group.cost / group.calls:.4f} for each call"
    for model, units in group.missing_prices.items():
        yield f"  no price for {model}: {', '.join(units)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
