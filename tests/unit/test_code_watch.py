"""Syntax errors are reported on save."""

from pathlib import Path

from offhook.dev.code_watch import syntax_error


def judged(folder: Path, content: bytes) -> str | None:
    path = folder / "agent.py"
    path.write_bytes(content)
    return syntax_error(path)


def test_code_that_compiles_is_no_trouble_and_is_not_run(tmp_path: Path) -> None:
    assert judged(tmp_path, b"raise RuntimeError\n") is None


def test_broken_code_is_named_with_its_line(tmp_path: Path) -> None:
    assert judged(tmp_path, b"x = 1\ny =\n") == " line 2: SyntaxError: invalid syntax"


def test_wrong_indentation_is_named_so(tmp_path: Path) -> None:
    assert judged(tmp_path, b"def f():\nreturn 1\n") == (
        " line 2: IndentationError: expected an indented block after function definition on line 1"
    )


def test_a_file_that_is_no_text_is_trouble(tmp_path: Path) -> None:
    assert judged(tmp_path, b"x = 1\0\n") is not None
    assert judged(tmp_path, b"x = '\xff'\n") is not None


def test_a_file_that_is_gone_is_trouble(tmp_path: Path) -> None:
    assert syntax_error(tmp_path / "gone.py") == ": No such file or directory"
