from .call.supervise import supervise as supervise
from .cli.agent import run as run
from .core.answering import Refusal as Refusal
from .core.answering import Rejection as Rejection
from .core.answering import answer_and_refuse as answer_and_refuse
from .core.answering import reject as reject
from .core.barge_in import BargeIn as BargeIn
from .core.call import Call as Call
from .core.call import Caller as Caller
from .core.collected import Collected as Collected
from .core.dead_air import DeadAir as DeadAir
from .core.dial import Dial as Dial
from .core.dial import Redial as Redial
from .core.dial import Voicemail as Voicemail
from .core.dial_guard import Guard as Guard
from .core.dial_guard import QuietHours as QuietHours
from .core.ending import Ending as Ending
from .core.ending import Limits as Limits
from .core.ending import Prices as Prices
from .core.errors import OffhookError as OffhookError
from .core.errors import UnsupportedError as UnsupportedError
from .core.ladder import Caps as Caps
from .core.ladder import Silence as Silence
from .core.outcome import Outcome as Outcome
from .core.patience import Patience as Patience
from .core.people import Participants as Participants
from .core.people import People as People
from .core.recording import Consent as Consent
from .core.recording import Recording as Recording
from .core.routes.route import Route as Route
from .core.routes.table import Routes as Routes
from .core.sip.address import SipAddress as SipAddress
from .core.sip.sip_facts import SipFacts as SipFacts
from .core.steps import Step as Step
from .core.steps import ask as ask
from .core.steps import away as away
from .core.steps import do as do
from .core.steps import end as end
from .core.steps import goodbye as goodbye
from .core.steps import instruct as instruct
from .core.steps import repeat as repeat
from .core.steps import say as say
from .core.steps import transfer as transfer
from .core.transfer import TransferResult as TransferResult
from .core.transfer import WarmTransferResult as WarmTransferResult
from .core.work_ahead import WorkAhead as WorkAhead
from .models.build import Models as Models
from .models.build import choose as choose
from .room.sip_headers import fetch_headers as fetch_headers
from .session.analysis import AnalysedCall as AnalysedCall
from .session.analysis import Analysis as Analysis
from .session.context.from_journal import load_chat_context as load_chat_context
from .session.hooks import FinishedCall as FinishedCall
from .session.ongoing import OngoingCall as OngoingCall
from .session.ongoing import call_of as call_of
from .session.plan import Plan as Plan
from .session.tools import (
    end_call as end_call,
)
from .session.tools import (
    pause_recording as pause_recording,
)
from .session.tools import (
    reset_context as reset_context,
)
from .session.tools import (
    resume_recording as resume_recording,
)
from .session.tools import (
    transfer_call as transfer_call,
)
from .session.tools import (
    update_instructions as update_instructions,
)
from .settings import Settings as Settings
from .settings import load_settings as load_settings
from .worker.lookup import lookup as lookup
from .worker.serve import serve as serve
from .worker.server import Server as Server

__version__: str
