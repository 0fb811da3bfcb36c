"""Faults of providers, by name: `faults.openai.stall_after(3).install(sandbox)`; `table()` has all of them."""

from offhook.testing.faults import ears as deepgram
from offhook.testing.faults import network, realtime
from offhook.testing.faults import voice as cartesia
from offhook.testing.faults.brains import openai, responses
from offhook.testing.faults.fault import Fault, Service
from offhook.testing.faults.table import named, table

__all__ = ["Fault", "Service", "cartesia", "deepgram", "named", "network", "openai", "realtime", "responses", "table"]
