"""Ports of servers: whether they can be used."""

import errno
import socket
from collections.abc import Mapping

from mir_models.errors import MirlitonError, ParameterError

LAST_PORT = 65535


def check_numbers(ports: Mapping[str, int]) -> None:
    """Raise for a port that cannot be one, and for one port for two servers.

    Parameters
    ----------
    ports : mapping of str to int
        By the option that chooses it.
    """
    for option, port in ports.items():
        if not 1 <= port <= LAST_PORT:
            raise ParameterError(f"a port from 1 to {LAST_PORT}", received=port, remedy=f"choose another with {option}")
    if len(set(ports.values())) < len(ports):
        received, options = next(iter(ports.values())), " or ".join(ports)
        raise ParameterError("two ports", received=f"{received} for both", remedy=f"choose another with {options}")


def check_free(host: str, ports: Mapping[str, int]) -> None:
    """Raise for a port in use, and for an address that is not this machine's; for `ports` see `check_numbers`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports.values():
        try:
            socket.create_server((host, port), family=family).close()
        except OSError as error:
            is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
            remedy = f"choose another with {' or '.join(ports) if is_port else '--host'}"
            raise MirlitonError(f"a free port on {host}", received=f"{port} ({error})", remedy=remedy) from error


def url_of(host: str, port: int) -> str:
    """URL of a server; one at any address is reached at this machine's own."""
    from pipelines.servers.guard_names import ANY_ADDRESS

    name = "127.0.0.1" if host in ANY_ADDRESS else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
