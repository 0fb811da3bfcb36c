"""The benchmark of the outbox loses nothing, so that its figures mean something."""

from pathlib import Path

import bench.outbox
import pytest


@pytest.mark.slow
async def test_the_benchmark_of_the_outbox_counts_what_it_sends(tmp_path: Path) -> None:
    result = await bench.outbox._measured(tmp_path / "journal.db", 60)
    wrong = {name: result[name] for name in ("lost", "out_of_order", "pending", "dead")}
    assert (result["events"], wrong) == (60, dict.fromkeys(wrong, 0))
