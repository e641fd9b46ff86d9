"""Pages that people open in a browser: whether something answers at their address."""

from __future__ import annotations

from mir_models.errors import MirlitonError

WAIT_S = 5
"""Seconds after which an address that does not answer is given up."""


def reach(address: str, variable: str) -> str:
    """Ask for a page; one behind a login answers as well.

    Parameters
    ----------
    address : str
    variable : str
        That holds the address, for messages.

    Returns
    -------
    str
        The status, e.g. ``"200 OK"``.

    Raises
    ------
    MirlitonError
        When the address is no URL, nothing answers there, or the server has an error.
    """
    import requests

    remedy = f"start it (mirliton ui), or correct {variable}"
    try:
        response = requests.get(address, timeout=WAIT_S, allow_redirects=False, stream=True)
    except (requests.RequestException, ValueError) as error:
        raise MirlitonError(f"a page at {address}", received=_cause(error), remedy=remedy) from error
    with response:
        status = f"{response.status_code} {response.reason}"
    if response.status_code >= 500:
        raise MirlitonError(f"a page at {address}", received=status, remedy=remedy)
    return status


def _cause(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return f"no answer within {WAIT_S} s"
    if isinstance(error, requests.ConnectionError):
        text = str(error)
        return "no machine of that name" if "resolve" in text or "Name or service" in text else "connection refused"
    return str(error)
