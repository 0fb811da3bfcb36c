"""offhook: a worker framework for LiveKit voice agents. LiveKit runs the conversation; offhook runs the rest of the
call.

The public names are in `__init__.pyi`. Each name is imported at its first use. Therefore `import offhook.core` loads no
other package of offhook.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
