"""Prepares the forkserver, from which LiveKit forks the job processes. No other process imports this module.

Job processes ignore SIGTERM and SIGINT. The worker's main process handles these signals and ends the calls properly.
LiveKit also has code that makes job processes ignore the signals, but in livekit-agents 1.8.9 this code has no effect.
The code checks the process name when its module is imported, but the forkserver imports the module, not the job
process. If job processes did not ignore the signals, a SIGTERM to the whole process group (systemd's default) would end
every call without a goodbye.
"""

import offhook.session.tools
import offhook.worker.first_use
import offhook.worker.run_call
import offhook.worker.serve  # noqa: F401  # these are imported once and shared by all jobs; an agent's file needs them
from offhook.worker.signals import ignore_signals

__all__: list[str] = []

ignore_signals()
