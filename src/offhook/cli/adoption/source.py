"""The text of an agent file, with its syntax tree, and edits that leave all other text unchanged."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

from offhook.core.errors import PlanError
from offhook.dev.agent_source import old_text
from offhook.dev.code_watch import syntax_error

__all__ = ["AdoptError", "Source", "name_of"]


class AdoptError(PlanError):
    """`offhook adopt` cannot change the file. If one line is the cause, the error text begins with the file's path and
    the line number.
    """


@dataclass
class Source:
    """One Python file. `text` applies the collected edits. Columns are counted in bytes, as in `ast`."""

    path: Path
    lines: list[bytes]
    tree: ast.Module
    _edits: list[tuple[int, int, int, int, bytes]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read the file; raises `AdoptError` if it is not valid Python, or is written for livekit-agents 0.x."""
        if not path.is_file():
            raise AdoptError(f"there is no agent file {path}")
        wrong = syntax_error(path)
        if wrong is not None:
            raise AdoptError(f"{path}{wrong}")
        if (old := old_text(path)) is not None:
            raise AdoptError(old)
        raw = path.read_bytes()
        return cls(path, raw.splitlines(keepends=True), ast.parse(raw, str(path)))

    def refuse(self, node: ast.AST | None, why: str) -> AdoptError:
        """Return an error which says that `offhook adopt` cannot change the file because of this node."""
        line = f":{getattr(node, 'lineno', '')}" if node is not None else ""
        return AdoptError(f"{self.path}{line}: {why}")

    def replace(self, node: ast.expr, text: str) -> None:
        """Replace the text of an expression."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        self._edit(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text)

    def wrap(self, node: ast.expr, before: str, after: str) -> None:
        """Put text before and after an expression."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        self._edit(node.lineno, node.col_offset, node.lineno, node.col_offset, before)
        self._edit(node.end_lineno, node.end_col_offset, node.end_lineno, node.end_col_offset, after)

    def insert_line(self, line: int, text: str) -> None:
        """Insert a line before the line with this number. The new line has the line ending of the file."""
        self._edit(line, 0, line, 0, text, ending=True)

    def insert_before(self, statement: ast.stmt, text: str) -> None:
        """Insert a line before this statement, with the same indentation as the statement."""
        indent = self.lines[statement.lineno - 1][: statement.col_offset].decode()
        if indent.strip():
            raise self.refuse(statement, "this statement shares its line with another; put it on a line of its own")
        self.insert_line(statement.lineno, f"{indent}{text}")

    def remove_name(self, imported: ast.ImportFrom, name: str) -> None:
        """Remove one name from a `from … import …` statement."""
        at = next(at for at, one in enumerate(imported.names) if one.name == name)
        alias = imported.names[at]
        assert imported.end_lineno is not None
        assert alias.end_lineno is not None
        assert alias.end_col_offset is not None
        if len(imported.names) == 1:
            self._edit(imported.lineno, 0, imported.end_lineno + 1, 0, "")
        elif self.lines[alias.lineno - 1].strip() in (name.encode(), f"{name},".encode()):  # the only name on this line
            self._edit(alias.lineno, 0, alias.lineno + 1, 0, "")
        elif at + 1 < len(imported.names) and imported.names[at + 1].lineno == alias.lineno:
            self._edit(alias.lineno, alias.col_offset, alias.lineno, imported.names[at + 1].col_offset, "")
        else:
            before = imported.names[at - 1]
            assert before.end_col_offset is not None
            start = before.end_col_offset if before.lineno == alias.lineno else alias.col_offset
            self._edit(alias.lineno, start, alias.end_lineno, alias.end_col_offset, "")

    def _edit(self, line: int, column: int, to_line: int, to_column: int, text: str, *, ending: bool = False) -> None:
        end = b"\r\n" if self.lines and self.lines[0].endswith(b"\r\n") else b"\n"
        self._edits.append((line, column, to_line, to_column, text.encode() + (end if ending else b"")))

    def text(self) -> bytes:
        """Return the file's text with all edits."""
        starts = [0]
        for one in self.lines:
            starts.append(starts[-1] + len(one))
        whole = b"".join(self.lines)
        numbered = [
            (starts[line - 1] + column, number, starts[to_line - 1] + to_column, text)
            for number, (line, column, to_line, to_column, text) in enumerate(self._edits)
        ]
        for start, _, end, text in sorted(numbered, reverse=True):
            whole = whole[:start] + text + whole[end:]
        return whole


def name_of(node: ast.AST) -> str:
    """Return the last identifier in an expression such as `AgentSession`, `agents.AgentSession` or
    `AgentSession[Data]`.
    """
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return name_of(value)
    return ""
