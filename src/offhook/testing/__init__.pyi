from .live.callee import Callee as Callee
from .live.callee import TransferReply as TransferReply
from .live.caller import Caller as Caller
from .live.hearing import SoundOnset as SoundOnset
from .live.hearing import Utterance as Utterance
from .live.listener import Listener as Listener
from .live.microphone import SpokenLine as SpokenLine
from .live.phone import Phone as Phone
from .live.sip_service import SipService as SipService
from .live.timeline import format_line as format_line
from .live.transcript import Line as Line
from .live.waiting import WaitTimeoutError as WaitTimeoutError
from .simulation import (
    CallOverError as CallOverError,
)
from .simulation import (
    Reply as Reply,
)
from .simulation import (
    ScriptedCaller as ScriptedCaller,
)
from .simulation import (
    SimulatedCall as SimulatedCall,
)
from .simulation import (
    simulate as simulate,
)
