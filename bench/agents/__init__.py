"""The compared agents: the same models and lines, with offhook and without."""

from collections.abc import Mapping

__all__ = ["NAMES", "SILENT", "STOCK", "SUPERVISED"]

SUPERVISED = "supervised"
STOCK = "stock"
SILENT = "silent"

NAMES: Mapping[str, str] = {SUPERVISED: "bench-offhook", STOCK: "bench-stock", SILENT: "bench-silent"}
"""Maps file names to agent names."""
