"""A provider sandbox: emulates Deepgram, OpenAI and Cartesia on this machine for their unchanged plugins."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
