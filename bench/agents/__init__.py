"""The agents that are compared: the same models, the same words, offhook around one of them."""

from collections.abc import Mapping

__all__ = ["NAMES", "SILENT", "STOCK", "SUPERVISED"]

SUPERVISED = "supervised"
STOCK = "stock"
SILENT = "silent"

NAMES: Mapping[str, str] = {SUPERVISED: "bench-offhook", STOCK: "bench-stock", SILENT: "bench-silent"}
"""File name to agent name."""
