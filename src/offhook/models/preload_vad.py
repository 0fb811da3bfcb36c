"""Loads LiveKit's VAD when this module is imported, so all job processes of a forkserver share the VAD's memory."""

import livekit.local_inference

__all__: list[str] = []

livekit.local_inference.init_vad()
