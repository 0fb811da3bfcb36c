"""The counts of outbound calls hold for all jobs of one worker: keys, pace and cap."""

import subprocess
import sys
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.journal.dials import Claim, claim
from offhook.journal.writer import Journal

NOW = 1_800_000_000.0
PROGRAM = """
import sys
from pathlib import Path
from offhook.journal.dials import Claim, claim
print(claim(Path(sys.argv[1]), Claim(sys.argv[2], "ST_1", 1_800_000_000.0, key="ann")).refused)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_second_call_with_the_same_key_is_refused_for_thirty_days(journal: Path) -> None:
    assert claim(journal, Claim("AJ_1", "ST_1", NOW, key="ann")).refused == ""
    assert "AJ_1 has dialled with the key 'ann'" in claim(journal, Claim("AJ_2", "ST_2", NOW + 5, key="ann")).refused
    assert claim(journal, Claim("AJ_3", "ST_1", NOW + 5, key="bob")).refused == ""
    assert claim(journal, Claim("AJ_4", "ST_1", NOW + 31 * 86_400, key="ann")).refused == ""


def test_the_same_call_may_dial_again_with_its_key(journal: Path) -> None:
    for at in (NOW, NOW + 10):
        assert claim(journal, Claim("AJ_1", "ST_1", at, key="ann")).refused == ""


def test_of_two_processes_with_one_key_only_one_may_dial(journal: Path) -> None:
    claim(journal, Claim("AJ_0", "ST_1", NOW))  # creates the file
    command = [sys.executable, "-c", PROGRAM, str(journal)]
    jobs = [subprocess.Popen([*command, f"AJ_{number}"], stdout=subprocess.PIPE, text=True) for number in (1, 2)]
    refusals = [job.communicate(timeout=30)[0].strip() for job in jobs]
    assert sorted(bool(refusal) for refusal in refusals) == [False, True]


def test_calls_of_one_trunk_are_spaced_evenly(journal: Path) -> None:
    waits = [claim(journal, Claim(f"AJ_{n}", "ST_1", NOW, per_minute=6)).wait for n in range(4)]
    assert waits == [0, 10, 20, 30]
    assert "queue of 40 s" in claim(journal, Claim("AJ_4", "ST_1", NOW, per_minute=6)).refused
    assert claim(journal, Claim("AJ_5", "ST_2", NOW, per_minute=6)).wait == 0


async def test_a_cap_counts_the_calls_of_a_trunk_that_have_not_ended(journal: Path) -> None:
    def asked(call: str) -> str:
        return claim(journal, Claim(call, "ST_1", NOW, at_once=2)).refused

    assert (asked("AJ_1"), asked("AJ_2")) == ("", "")
    assert asked("AJ_3") == "2 calls run on trunk ST_1, and at most 2 are allowed"
    written = Journal.open(journal)
    written.append(Record("AJ_1", 0, NOW, 0.0, "fact", "Ended", {"reason": "busy"}, None, ""))
    assert await written.flushed(20)
    written.close()
    assert asked("AJ_3") == ""


def test_a_file_that_is_no_journal_is_an_error(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("not a database, but long enough to be looked at " * 50)
    with pytest.raises(JournalError):
        claim(other, Claim("AJ_1", "ST_1", NOW, key="a"))
