"""Names of a server: those of loopback, and those that ``--allow-host`` adds."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from mir_models.errors import ParameterError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("", "0.0.0.0", "::")
"""A server that listens at one of these has no name by it."""


def host_name(authority: str) -> str:
    """The name or address in ``name[:port]``, in lower case and without brackets; empty where there is none."""
    try:
        parts = urlsplit(f"//{authority}")
        is_plain = parts.netloc == authority and parts.username is None and (parts.port is None or parts.port > 0)
        return (parts.hostname or "") if is_plain else ""
    except ValueError:
        return ""


def check_hosts(hosts: Sequence[str]) -> None:
    """Check what was given as ``--allow-host``.

    Raises
    ------
    ParameterError
        For a URL, a pattern, and whatever is no name or address, with a port or without.
    """
    for host in hosts:
        if not host_name(host) or "*" in host or any(letter.isspace() for letter in host):
            remedy = "--allow-host dagster.example.org, or with its port where it is not 80 or 443"
            raise ParameterError("a name or an address, with a port or without", received=repr(host), remedy=remedy)
