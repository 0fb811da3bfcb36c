"""SVG shapes with the same style in every picture, for light and dark mode."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Literal

from offhook.reports.render import clean

__all__ = ["Color", "arrow", "band", "box", "line", "picture", "text", "titled"]

Color = Literal["ink", "dim", "line", "cyan", "green", "amber", "violet", "red"]

LIGHT = {
    "paper": "#ffffff",
    "box": "#f6f8fa",
    "ink": "#1f2328",
    "dim": "#59636e",
    "line": "#c5ccd3",
    "cyan": "#0a7ea4",
    "green": "#1a7f37",
    "amber": "#9a6700",
    "violet": "#8250df",
    "red": "#cf222e",
}
DARK = {
    "paper": "#14181f",
    "box": "#1d232c",
    "ink": "#e6e9ee",
    "dim": "#9aa5b1",
    "line": "#414b57",
    "cyan": "#4cb9de",
    "green": "#4ac26b",
    "amber": "#d8a429",
    "violet": "#b593f5",
    "red": "#ff7b72",
}


def _paints(colors: Mapping[str, str]) -> str:
    return "\n".join(f".f-{name}{{fill:{paint}}}.s-{name}{{stroke:{paint}}}" for name, paint in colors.items())


# The style has no CSS variables, because some programs that show SVG files do not support them.
STYLE = f"""
{_paints(LIGHT)}
@media (prefers-color-scheme:dark){{
{_paints(DARK)}
}}
.f-none{{fill:none}}
text{{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}}
.mono{{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}}
"""


def picture(title: str, width: int, height: int, body: Iterable[str]) -> str:
    """Return the whole SVG file. A filled rectangle behind all shapes keeps the picture readable on a page of any
    colour.
    """
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-size="14">'
    card = f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="12" {_looks("paper", "line")}/>'
    parts = [head, f"<title>{_escaped(title)}</title>", f"<style>{STYLE}</style>", _heads(), card, *body, "</svg>"]
    return "\n".join(parts) + "\n"


def text(  # noqa: PLR0913  # position and style of one text
    x: float,
    y: float,
    words: str,
    *,
    color: Color = "ink",
    anchor: str = "start",
    weight: int = 400,
    size: float = 14,
    mono: bool = False,
) -> str:
    """Return an SVG text. `anchor` says whether `x` is the start, the middle or the end of the text."""
    looks = f'text-anchor="{anchor}" font-weight="{weight}" font-size="{size:g}" {_looks(color, mono=mono)}'
    return f'<text x="{x:g}" y="{y:g}" {looks}>{_escaped(words)}</text>'


def box(x: float, y: float, width: float, height: float, *, color: Color = "line", dashed: bool = False) -> str:
    """Return a box with rounded corners."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"'
    return f'<rect {place} {_looks("box", color)} stroke-width="1.5"{dash}/>'


def band(x: float, y: float, width: float, height: float, *, color: Color, faint: bool = False) -> str:
    """Return a filled bar. A `faint` bar is almost transparent."""
    opacity = ' fill-opacity=".18"' if faint else ""
    place = f'x="{x:.1f}" y="{y:g}" width="{max(width, 2):.1f}" height="{height:g}" rx="{0 if faint else 4}"'
    return f"<rect {place} {_looks(color)}{opacity}/>"


def titled(shape: str, words: str) -> str:
    """Return the shape with a tooltip, which browsers show while the mouse pointer is on the shape."""
    return f"<g><title>{_escaped(words)}</title>{shape}</g>"


def line(path: str, *, color: Color = "line", dashed: bool = False) -> str:
    """Return a line along an SVG path."""
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<path d="{path}" {_looks("none", color)} stroke-width="1.5"{dash}/>'


def arrow(path: str, *, color: Color = "dim", dashed: bool = False) -> str:
    """Return a line with an arrowhead at its end."""
    return line(path, color=color, dashed=dashed).replace("/>", f' marker-end="url(#{color})"/>')


def _heads() -> str:
    shape = "M0 0L8 4L0 8Z"
    where = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
    colors: tuple[Color, ...] = ("dim", "cyan", "green", "amber", "violet", "red")
    heads = (f'<marker id="{one}" {where}><path d="{shape}" {_looks(one)}/></marker>' for one in colors)
    return f"<defs>{''.join(heads)}</defs>"


def _looks(fill: str, stroke: str = "", *, mono: bool = False) -> str:
    names = [f"f-{fill}", f"s-{stroke}" if stroke else "", "mono" if mono else ""]
    return f'class="{" ".join(filter(None, names))}"'


def _escaped(words: str) -> str:
    """Escape the text for XML. Control characters are replaced with spaces, because XML does not permit them even in
    escaped form.
    """
    return escape(clean(words).translate({0xFFFE: " ", 0xFFFF: " "}), quote=False)
