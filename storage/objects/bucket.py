"""Buckets of object stores (S3 and what speaks like it, Google Cloud Storage, Azure) through obstore.

A request that fails by the server (5xx, 429), by the line or in time is tried again by obstore, with growing pauses,
until `PATIENCE` has passed; what is left then is a `StoreError` of one sentence that names the endpoint.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mir_models.errors import MirlitonError, ParameterError
from storage.objects.store_error import StoreError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

SCHEMES = frozenset({"s3", "s3a", "gs", "az", "abfs", "abfss"})
"""URL schemes of buckets."""
PATIENCE = "MIRLITON_STORE_PATIENCE"
"""Variable of the environment: seconds for which a request that fails is tried again."""
DEFAULT_PATIENCE = 120.0
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables of the environment with the address of an S3 server, the first that is set."""
CONNECT_S, READ_S = 5.0, 30.0
"""Seconds without an answer or a byte after which a connection counts as cut."""
CUT_PAUSES_S = (0.1, 0.4, 1.6, 6.4)
"""Seconds after which a request is repeated whose answer was cut in its middle, as often as there are pauses."""
_CUT = "body error"
T = TypeVar("T")
_CAUSES = {
    "Connection refused": "connection refused",
    "dns error": "no machine of that name",
    "TimedOut": "no answer in time",
    "ConnectionReset": "the connection was cut",
    "IncompleteMessage": "the connection was cut",
    _CUT: "the connection was cut",
    "InvalidCertificate": "a certificate that is not trusted",
}


@dataclass
class Bucket:
    """A connection to a bucket, shared by all of a process.

    Attributes
    ----------
    address : str
        URL of the stores in it.
    endpoint : str
        The server, for messages.
    store : obstore.store.ObjectStore
    leases : dict of str to callable
        What looks at the leases that are held, by their names, before something is written; each raises a `StoreError`
        where its lease is no longer held, see `storage.objects.leases`.
    heeds_conditions : bool or None
        Whether writes can have conditions, see `storage.objects.conditions`; None: not tried yet.
    """

    address: str
    endpoint: str
    store: ObjectStore
    leases: dict[str, Callable[[], None]] = field(default_factory=dict)
    heeds_conditions: bool | None = None

    def check_writable(self) -> None:
        """Refuse to write once a lease is no longer held."""
        for check in list(self.leases.values()):
            check()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise the errors of requests as a `StoreError` of one sentence.

        An object that is not there stays a FileNotFoundError, a condition that does not hold obstore's own error.
        """
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._error(error) from error
            raise
        except BaseError as error:
            raise self._error(error) from error

    def ask(self, request: Callable[[], T]) -> T:
        """The answer to a request that may be repeated; errors as of `errors`.

        obstore repeats it by itself, but not where the line is cut in the middle of a listing or of an error's text,
        and not a conditional write that may have arrived.
        """
        for pause in CUT_PAUSES_S:
            try:
                with self.errors():
                    return request()
            except StoreError as error:
                if not _is_cut(error):
                    raise
            time.sleep(pause)
        with self.errors():
            return request()

    def below(self, prefix: str) -> Sequence[ObjectMeta]:
        """Key (``path``), size and e-tag of all objects below `prefix`."""
        import obstore

        return self.ask(lambda: obstore.list(self.store, prefix).collect())

    async def ask_async(self, request: Callable[[], Awaitable[T]]) -> T:
        """See `ask`."""
        for pause in CUT_PAUSES_S:
            try:
                with self.errors():
                    return await request()
            except StoreError as error:
                if not _is_cut(error):
                    raise
            await asyncio.sleep(pause)
        with self.errors():
            return await request()

    def _error(self, error: Exception) -> StoreError:
        text = str(error)
        return StoreError(
            f"an answer of the object store {self.address} at {self.endpoint}",
            received=summary(text),
            remedy=_remedy(text),
        )


def connect(address: str, *, patience: float | None = None) -> Bucket:
    """The connection to the bucket at a URL such as ``s3://bucket/prefix``, the same for the same settings.

    Parameters
    ----------
    address : str
    patience : float or None
        Seconds for which a request that fails is tried again; None: of the environment.

    Raises
    ------
    MirlitonError
        Without obstore, where the URL or the environment's settings are none that it takes, or in a forked process.
    """
    if _forked:
        received = "one that was forked from a process with a connection, where no request would ever end"
        raise StoreError(f"a process that may ask {address}", received=received, remedy="start it anew (spawn)")
    settings = tuple((name, os.environ.get(name)) for name in (*ENDPOINTS, "AWS_PROFILE", "AWS_ACCESS_KEY_ID"))
    return _connect(address.rstrip("/"), _patience() if patience is None else patience, settings)


@lru_cache(maxsize=64)
def _connect(address: str, patience: float, settings: tuple[tuple[str, str | None], ...]) -> Bucket:
    """`connect`; `settings` are those variables of the environment that choose the server and who asks it."""
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError as error:
        remedy = "pip install -c constraints.txt -e '.[s3]'"
        raise MirlitonError(f"obstore, for {address}", received="it is not installed", remedy=remedy) from error
    chosen = dict(settings)
    endpoint = next((chosen[name] for name in ENDPOINTS if chosen[name]), None) if _is_s3(address) else None
    options: dict[str, Any] = {"client_options": _client_options(endpoint), "retry_config": _retries(patience)}
    options |= {"config": {"endpoint": endpoint}} if endpoint else {}
    if _is_s3(address) and (provider := _credentials()):
        options["credential_provider"] = provider
    try:
        store = from_url(address, **options)
    except (BaseError, ValueError) as error:
        remedy = "correct MIRLITON_STORE and the variables of its store"
        raise MirlitonError(
            "the URL of a bucket", received=f"{address}: {summary(str(error))}", remedy=remedy
        ) from error
    return Bucket(address, endpoint or f"the default endpoint of {address.partition(':')[0]}", store)


_forked = False
"""Whether this process was forked from one with a connection: obstore's threads are not in it."""


def _note_fork() -> None:
    global _forked
    _forked = _forked or _connect.cache_info().currsize > 0


os.register_at_fork(after_in_child=_note_fork)


def summary(text: str) -> str:
    """What a message of obstore says, without its addresses and its debugging: status, cause, retries.

    >>> summary("... after 2 retries ... status code: 503 Service Unavailable: <Error><Code>SlowDown</Code></Error>")
    '503 Service Unavailable (SlowDown) after 2 retries'
    """
    first = text.partition("\n\nDebug source")[0].splitlines()[0]
    status = re.search(r"status code: (\d+ [\w ]+)", text)
    code = re.search(r"<Code>(\w+)</Code>", text)
    cause = next((cause for sign, cause in _CAUSES.items() if sign in text), first[:200])
    what = (status[1].strip() + (f" ({code[1]})" if code else "")) if status else cause
    tries = re.search(r"after (\d+) retries", text)
    return f"{what} after {tries[1]} retries" if tries else what


def _remedy(text: str) -> str:
    if "NoSuchBucket" in text:
        return "create the bucket, or correct MIRLITON_STORE"
    if re.search(r"status code: 40[13]|PermissionDenied|Unauthenticated", text):
        return "give credentials that may read and write there, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return f"check it with mirliton doctor ({ENDPOINTS[1]} names another server), then run again: what was made is kept"


def _is_cut(error: StoreError) -> bool:
    """Whether a request failed without an answer and was not repeated yet."""
    text = str(error.__cause__)
    return _CUT in text or ("error sending request" in text and not re.search(r"after \d+ retries", text))


@contextmanager
def limited_patience(seconds: float) -> Iterator[None]:
    """Let requests that fail be tried again for some seconds only, whatever the environment says: somebody waits."""
    before = os.environ.get(PATIENCE)
    os.environ[PATIENCE] = str(seconds)
    try:
        yield
    finally:
        os.environ.pop(PATIENCE)
        if before is not None:
            os.environ[PATIENCE] = before


def _patience() -> float:
    given = os.environ.get(PATIENCE) or str(DEFAULT_PATIENCE)
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ParameterError(
            f"seconds in {PATIENCE}", received=given, remedy=f"set a number such as {DEFAULT_PATIENCE:g}"
        )
    return seconds


def _client_options(endpoint: str | None) -> dict[str, Any]:
    """A request may take any time, as long as bytes arrive: objects are large and lines are slow."""
    return {
        "allow_http": bool(endpoint and endpoint.startswith("http://")) or bool(os.environ.get("AWS_ALLOW_HTTP")),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "read_timeout": timedelta(seconds=READ_S),
        "timeout": timedelta(days=1),
    }


def _retries(patience: float) -> dict[str, Any]:
    pauses = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=10), "base": 2}
    return {"max_retries": 1000, "retry_timeout": timedelta(seconds=patience), "backoff": pauses}


def _is_s3(address: str) -> bool:
    return address.startswith(("s3://", "s3a://"))


def _credentials() -> Any:
    """Those of a profile, by boto3 where it is installed; None where the environment has a key, or no profile."""
    files = (Path.home() / ".aws" / name for name in ("credentials", "config"))
    configured = "AWS_PROFILE" in os.environ or any(each.exists() for each in files)
    if "AWS_ACCESS_KEY_ID" in os.environ or not configured:
        return None
    try:
        from boto3.session import Session
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        return None
    session = Session()
    return Boto3CredentialProvider(session) if session.get_credentials() else None
