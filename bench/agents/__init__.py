"""The agents that the benchmarks compare: the same models and spoken lines, once with offhook and once with
livekit-agents alone.
"""

from collections.abc import Mapping

__all__ = [
    "BARGE_IN",
    "BARGE_IN_STOCK",
    "NAMES",
    "PHONE",
    "PHONE_STOCK",
    "PLAIN",
    "PLAIN_STOCK",
    "SILENT",
    "SLOW",
    "SLOW_STOCK",
    "STOCK",
    "SUPERVISED",
]

SUPERVISED = "supervised"
STOCK = "stock"
SILENT = "silent"
SLOW = "slow"
SLOW_STOCK = "slow_stock"
PHONE = "phone"
PHONE_STOCK = "phone_stock"
BARGE_IN = "barge_in"
BARGE_IN_STOCK = "barge_in_stock"
PLAIN = "plain"
PLAIN_STOCK = "plain_stock"

NAMES: Mapping[str, str] = {
    SUPERVISED: "bench-offhook",
    STOCK: "bench-stock",
    SILENT: "bench-silent",
    SLOW: "bench-slow",
    SLOW_STOCK: "bench-slow-stock",
    PHONE: "bench-phone",
    PHONE_STOCK: "bench-phone-stock",
    BARGE_IN: "bench-barge-in",
    BARGE_IN_STOCK: "bench-barge-in-stock",
    PLAIN: "bench-plain",
    PLAIN_STOCK: "bench-plain-stock",
}
"""Maps file names to agent names."""
