"""Whether a bucket heeds the conditions of writes, on which leases rest."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from storage.objects.bucket import Bucket
from storage.objects.bucket_objects import INCOMPLETE
from storage.objects.locks import draft_name
from storage.objects.store_error import StoreError

_OTHER: Any = {"e_tag": '"00000000000000000000000000000000"', "version": "9000000000000000001"}
"""A version that no object has."""


def heeds_conditions(bucket: Bucket) -> bool:
    """Whether an object that is there is not created anew, and one of another version not replaced; tried once.

    Some servers know the first condition and write in spite of the second.

    Raises
    ------
    StoreError
        When the store does not answer.
    """
    if bucket.heeds_conditions is None:
        bucket.heeds_conditions = _try_conditions(bucket, f"{INCOMPLETE}/{draft_name()}")
    return bucket.heeds_conditions


def _try_conditions(bucket: Bucket, key: str) -> bool:
    import obstore

    bucket.ask(lambda: obstore.put(bucket.store, key, b""))
    try:
        return all(_is_refused(bucket, key, mode) for mode in ("create", _OTHER))
    finally:
        with suppress(FileNotFoundError):
            bucket.ask(lambda: obstore.delete(bucket.store, key))


def _is_refused(bucket: Bucket, key: str, mode: Any) -> bool:
    import obstore
    from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

    try:
        bucket.ask(lambda: obstore.put(bucket.store, key, b"", mode=mode))
    except (AlreadyExistsError, PreconditionError):
        return True
    except StoreError as error:
        if not isinstance(error.__cause__, NotSupportedError):
            raise
    return False
