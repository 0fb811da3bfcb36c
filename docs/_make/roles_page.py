"""Generates the tables of `docs/roles.md` and `docs/http.md` from the table of commands and the table of problems."""

from docs._make.source import ROOT

from offhook.api.problems import PROBLEMS
from offhook.core.commands import COMMANDS, ROLES

__all__ = ["http_page", "roles_page"]

END = "<!-- table: end -->\n"
ROLES_START = "<!-- table: roles, made by docs._make -->\n"
CODES_START = "<!-- table: statuses, made by docs._make -->\n"


def roles_page() -> str:
    """Return `docs/roles.md` with an updated table: the commands that each role adds."""
    rows = ["| role | may send |", "|---|---|"]
    for number, role in enumerate(ROLES):
        names = ", ".join(f"`{name}`" for name, kind in COMMANDS.items() if kind.role == role)
        before = f"the commands of `{ROLES[number - 1]}`, and " if number else ""
        rows.append(f"| `{role}` | {before}{names} |")
    return _updated("roles.md", ROLES_START, rows)


def http_page() -> str:
    """Return `docs/http.md` with an updated table: the HTTP status of each code."""
    rows = ["| status | `code` | what it means |", "|---|---|---|"]
    kinds = sorted(PROBLEMS.items(), key=lambda one: one[1].status)
    rows += [f"| {kind.status} | `{code}` | {kind.title} |" for code, kind in kinds]
    return _updated("http.md", CODES_START, rows)


def _updated(name: str, start: str, rows: list[str]) -> str:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(END)
    table = "\n".join(rows)
    return f"{before}{start}\n{table}\n\n{END}{after}"
