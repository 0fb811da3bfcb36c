from .hook import (
    Disconnect as Disconnect,
)
from .hook import (
    Event as Event,
)
from .hook import (
    Hook as Hook,
)
from .hook import (
    Refusal as Refusal,
)
from .hook import (
    Request as Request,
)
from .hook import (
    SandboxError as SandboxError,
)
from .llm import (
    Answer as Answer,
)
from .llm import (
    Asked as Asked,
)
from .llm import (
    Line as Line,
)
from .llm import (
    LlmModel as LlmModel,
)
from .llm import (
    Rules as Rules,
)
from .llm import (
    Script as Script,
)
from .sandbox import Sandbox as Sandbox
from .sound import Sound as Sound
from .sphinx_stt import PocketSphinxStt as PocketSphinxStt
from .stt import Oracle as Oracle
from .stt import SttModel as SttModel
from .tts import Offline as Offline
from .tts import Tone as Tone
from .tts import TtsModel as TtsModel
