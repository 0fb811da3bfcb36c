"""The public test kit: scripted callers, in real rooms and in virtual time. Each name is imported at its first use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
