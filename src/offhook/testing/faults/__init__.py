"""Provider faults by name: `faults.openai.stall_after(3).install(sandbox)`; `table()` lists all faults."""

from offhook.testing.faults import cartesia, deepgram, network, realtime
from offhook.testing.faults.fault import Fault, Service
from offhook.testing.faults.llm import openai, responses
from offhook.testing.faults.table import named, table

__all__ = ["Fault", "Service", "cartesia", "deepgram", "named", "network", "openai", "realtime", "responses", "table"]
