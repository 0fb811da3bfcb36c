"""Emulates the providers Deepgram, OpenAI, Cartesia and LiveKit Inference on this machine, for unchanged plugins."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
