"""Composes the picture of a call from its records."""

from collections.abc import Iterator, Sequence

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.reports.moments import moments, states
from offhook.reports.picture.captions import captions, labels
from offhook.reports.picture.overview import HEIGHT, draw_head, draw_legend, draw_overview
from offhook.reports.picture.rows import BAR, Content, RowPlan, draw_row, plan_rows
from offhook.reports.picture.scale import WIDTH, Scale
from offhook.reports.svg import line, picture, text
from offhook.reports.voices import voices

__all__ = ["call_picture"]

OVERVIEW = 76.0
LEGEND = 34.0


def call_picture(records: Sequence[Record]) -> str:
    """Return the SVG picture of a call. A call of more than 75 s has a row for each minute; in a call of more than an
    hour, a row shows several minutes.

    While the mouse pointer is on a bar or a mark, a browser shows the whole text. Raises `JournalError` if there are no
    records.
    """
    if not records:
        raise JournalError("the call has no records yet; draw it after its start")
    content = _content(records)
    several = content.scale.rows > 1
    top = HEIGHT + (OVERVIEW if several else 0.0)
    plans = plan_rows(content, top + 8)
    body = [*draw_head(records, content), *(draw_overview(content, HEIGHT) if several else ())]
    for plan in plans:
        body += draw_row(plan, content)
    body += [*_end(records, plans, content.scale), *draw_legend(plans[-1].bottom + 12)]
    return picture(f"Call {records[0].call}", WIDTH, round(plans[-1].bottom + LEGEND), body)


def _content(records: Sequence[Record]) -> Content:
    heard, scale = voices(records), Scale.of(max(_end_of(records), 1.0))
    return Content(
        scale=scale,
        voices=heard,
        states=states(records),
        labels=labels([one for one in moments(records) if one.start <= scale.length], scale),
        caller=captions(heard.caller, scale),
        agent=captions(heard.agent, scale),
    )


def _end_of(records: Sequence[Record]) -> float:
    """Return the time at which the picture ends. This is the hang-up if there is one, because later records are about
    the work after the call.
    """
    return next((one.elapsed for one in reversed(records) if one.name == "HangUpDone"), records[-1].elapsed)


def _end(records: Sequence[Record], plans: Sequence[RowPlan], scale: Scale) -> Iterator[str]:
    if not any(one.name in ("HangUpDone", "Ended") for one in records):
        return
    plan = plans[-1]
    x = scale.x(scale.length, plan.row)
    yield line(f"M{x:.1f} {plan.caller_bar - 6:g}V{plan.agent_bar + BAR + 6:g}", color="ink").replace(
        'stroke-width="1.5"', 'stroke-width="2.5"'
    )
    fits = x < WIDTH - 120
    yield text(
        x + 6 if fits else x - 4, plan.caller_bar - 8, "end", weight=700, size=11, anchor="start" if fits else "end"
    )
