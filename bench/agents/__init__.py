"""The two agents that are compared: the same models, the same words, offhook around one of them."""

from collections.abc import Mapping

__all__ = ["NAMES", "STOCK", "SUPERVISED"]

SUPERVISED = "supervised"
STOCK = "stock"

NAMES: Mapping[str, str] = {SUPERVISED: "bench-offhook", STOCK: "bench-stock"}
"""File name to agent name."""
