"""Where an act comes from: the network address of the present request, for the audit.

Operations never see a request, so the web layer leaves the address here; the command line leaves "命令行".
"""

from contextvars import ContextVar

address: ContextVar[str] = ContextVar("address", default="命令行")
