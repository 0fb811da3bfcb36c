"""A provider sandbox: emulates Deepgram, OpenAI and Cartesia on this machine. LiveKit's plugins need no change."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
