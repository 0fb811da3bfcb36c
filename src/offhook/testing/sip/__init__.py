"""A SIP telephone for tests, and a local livekit-sip server that the telephone calls.

Both use SIP over UDP and PCMU audio, on the loopback interface.
"""

from offhook.testing.sip.dialog import Transfer
from offhook.testing.sip.leg import SipLeg
from offhook.testing.sip.message import SipMessage
from offhook.testing.sip.phone import SipPhone
from offhook.testing.sip.service import LocalSip, find_sip, local_sip

__all__ = ["LocalSip", "SipLeg", "SipMessage", "SipPhone", "Transfer", "find_sip", "local_sip"]
