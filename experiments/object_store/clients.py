"""Two libraries at one S3 server: many small objects and a large one, as stores have them.

This file is also run by itself (``python clients.py LIBRARY ADDRESS``), by a Python in which s3fs is installed: its
newer versions exclude the version of botocore that mirliton's own environment has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

N_SMALL, SMALL, LARGE = 200, 2048, 64 * 2**20
Step = tuple[str, Callable[[], Any]]


def obstore_steps(address: str) -> list[Step]:
    """What is measured, by obstore."""
    import obstore
    from obstore.store import from_url

    endpoint = os.environ["AWS_ENDPOINT_URL"]
    store = from_url(address, config={"endpoint": endpoint}, client_options={"allow_http": True})
    names, small, large = _contents()

    def many(work: Callable[[str], Any], n_threads: int) -> None:
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(work, names))

    return [
        ("write small, one by one", lambda: [obstore.put(store, name, small) for name in names]),
        ("write small, 8 at a time", lambda: many(lambda name: obstore.put(store, name, small), 8)),
        ("read small, 32 at a time", lambda: many(lambda name: obstore.get(store, name).bytes().to_bytes(), 32)),
        ("list", lambda: obstore.list_with_delimiter(store, "s")),
        ("write large", lambda: obstore.put(store, "large", large)),
        ("read large", lambda: obstore.get(store, "large").bytes().to_bytes()),
        ("delete", lambda: obstore.delete(store, [*names, "large"])),
    ]


def s3fs_steps(address: str) -> list[Step]:
    """What is measured, by s3fs."""
    import fsspec

    files, root = fsspec.core.url_to_fs(address, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    names, small, large = _contents()
    paths = [f"{root}/{name}" for name in names]
    return [
        ("write small, one by one", lambda: [files.pipe_file(path, small) for path in paths]),
        ("write small, 8 at a time", lambda: files.pipe(dict.fromkeys(paths, small), batch_size=8)),
        ("read small, 32 at a time", lambda: files.cat(paths, batch_size=32)),
        ("list", lambda: files.ls(f"{root}/s", detail=False, refresh=True)),
        ("write large", lambda: files.pipe_file(f"{root}/large", large)),
        ("read large", lambda: files.cat_file(f"{root}/large")),
        ("delete", lambda: files.rm([*paths, f"{root}/large"])),
    ]


def seconds(steps: list[Step]) -> dict[str, float]:
    """Seconds of every step; what is loaded and connected at first use was used before."""
    found = {}
    for name, step in steps:
        if "small" in name or name == "list":
            step()
    for name, step in steps:
        began = time.perf_counter()
        step()
        found[name] = time.perf_counter() - began
    return found


def _contents() -> tuple[list[str], bytes, bytes]:
    return [f"s/{number:04}" for number in range(N_SMALL)], os.urandom(SMALL), os.urandom(LARGE)


if __name__ == "__main__":
    print(json.dumps(seconds({"obstore": obstore_steps, "s3fs": s3fs_steps}[sys.argv[1]](sys.argv[2]))))
