"""Loads LiveKit's VAD when this module is imported, so that all jobs of a forkserver share it."""

import livekit.local_inference

__all__: list[str] = []

livekit.local_inference.init_vad()
