"""Agent files of every shape play unchanged, are adopted, and then end their calls."""

from pathlib import Path

import pytest
from bench.files import FOLDER, files, measure

pytestmark = pytest.mark.slow

NAMES = [str(path.relative_to(FOLDER).with_suffix("")) for path in files()]


def test_there_are_files_of_many_shapes() -> None:
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_it_plays_unchanged_and_adopted(name: str, tmp_path: Path) -> None:
    file = FOLDER / f"{name}.py"
    for beside in file.parent.glob("*.py"):
        (tmp_path / beside.name).write_text(beside.read_text())
    result = measure(file, tmp_path / file.name)
    assert not result.error
    assert (result.simulated, result.adopted, result.ended) == (True, True, True)
    assert 5 <= result.lines <= 6
