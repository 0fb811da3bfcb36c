"""Opening the journal creates missing files, or reports an error in one line."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.journal.schema import VERSION, open_journal

OPENING = """
import sys
from pathlib import Path
from offhook.journal.schema import open_journal
sys.stdin.read(1)
open_journal(Path(sys.argv[1])).close()
"""


def _complaint(path: Path) -> str:
    with pytest.raises(JournalError) as caught:
        open_journal(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_folder_and_file_are_made_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "journal.db"
    open_journal(path).close()
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_journal_opened_again_is_the_same_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    first = open_journal(path)
    first.execute("INSERT INTO calls VALUES ('a', 1.0)")
    first.close()
    second = open_journal(path)
    assert second.execute("SELECT * FROM calls").fetchall() == [("a", 1.0)]
    assert second.execute("PRAGMA user_version").fetchone() == (VERSION,)
    second.close()


def test_journal_of_a_newer_offhook_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = open_journal(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    assert "newer offhook (journal version 99, this offhook reads up to 3); upgrade offhook" in _complaint(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    assert "another program's database" in _complaint(path)
    assert path.read_bytes() == before


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_text("these are my notes, please do not lose them\n" * 100)
    assert "damaged or not a journal" in _complaint(path)
    assert path.read_text().startswith("these are my notes")


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "make its folder writable" in _complaint(tmp_path / "file" / "below" / "journal.db")


def test_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    assert "cannot open the journal" in _complaint(tmp_path)


@pytest.mark.slow
def test_many_processes_may_make_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.db"
    command = [sys.executable, "-c", OPENING, str(path)]
    openers = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write(b"x")
        opener.stdin.flush()
    assert [opener.communicate(timeout=60)[1] for opener in openers] == [b""] * 8
    connection = open_journal(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()
