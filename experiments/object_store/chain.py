"""The chain in a folder, on S3, and on S3 whose server fails now and then: seconds, requests, and the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.object_store.comparison import keras_weights, objects_of
from experiments.object_store.fault_proxy import FaultProxy, fault_proxy
from experiments.object_store.server import BUCKET, environment, s3_server, set_environment
from mir_models.errors import MirlitonError
from storage.datasets.demo import generate

TASK, MODEL, PRESET = "piano_transcription", "lstm_fast", "cqt_84"
FAULTS = ("500", "503", "429", "cut", "half", "lost")
EVERY = 20
"""Of so many requests one fails."""
COMMANDS = {
    "prepare": ["backfill", "demo", "--feature", PRESET],
    "train": ["train", TASK, "--model", MODEL, "--dataset", "demo", "--set", "training.epochs=1"],
    "evaluate": ["evaluate", TASK, "--model", MODEL],
}


@dataclass(frozen=True)
class Chain:
    """One run of the chain.

    Attributes
    ----------
    where : str
    address : str
        Of its store.
    seconds : mapping of str to float
        By command.
    requests : mapping of str to int
        By method, and under ``"faults"`` how many failed; empty in a folder.
    objects : mapping of str to bytes
        What it left in the store.
    transcription : bytes
        A MIDI file made by the trained network.
    """

    where: str
    address: str
    seconds: Mapping[str, float]
    requests: Mapping[str, int]
    objects: Mapping[str, bytes]
    transcription: bytes


def run_chains(out: Path, places: Sequence[str], n_works: int) -> list[Chain]:
    """The chain of commands in each place, ``"folder"``, ``"S3"`` or ``"S3 with faults"``, on works of the demo."""
    corpus = _corpus(out, n_works)
    chains = []
    with s3_server() as endpoint, fault_proxy(endpoint) as proxy:
        for number, where in enumerate(places):
            folder = out / where.replace(" ", "_")
            shutil.rmtree(folder, ignore_errors=True)
            address = str(folder / "store") if where == "folder" else f"s3://{BUCKET}/{number}"
            proxy.choose = _now_and_then(proxy) if where.endswith("faults") else None
            chains.append(_run(where, address, folder, corpus, proxy))
    return chains


def _corpus(out: Path, n_works: int) -> Path:
    """A folder with the first works of the demo corpus."""
    demo, corpus = out / "demo", out / "corpus"
    if not demo.exists():
        generate(demo)
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    for recording in sorted(demo.glob("*.ogg"))[:n_works]:
        shutil.copy(recording, corpus)
        shutil.copy(recording.with_suffix(".mid"), corpus)
    return corpus


def _now_and_then(proxy: FaultProxy) -> Callable[[str, str], str | None]:
    def choose(*_: str) -> str | None:
        count, place = divmod(len(proxy.requests), EVERY)
        return FAULTS[count % len(FAULTS)] if place == EVERY - 1 else None

    return choose


def _run(where: str, address: str, folder: Path, corpus: Path, proxy: FaultProxy) -> Chain:
    variables = {"MIRLITON_HOME": str(folder / "home"), "MIRLITON_STORE": address, **environment(proxy.endpoint)}
    variables |= {"TF_DETERMINISTIC_OPS": "1"}
    proxy.requests.clear()
    mirliton(["add", "demo", "--root", str(corpus), "--loader", "folder"], variables)
    seconds = {name: mirliton(arguments, variables) for name, arguments in COMMANDS.items()}
    recording = sorted(corpus.rglob("*.ogg"))[0]
    transcribed = folder / "transcribed"
    seconds["transcribe"] = mirliton(
        ["transcribe", str(recording), "--model", MODEL, "-o", str(transcribed)], variables
    )
    counts = Counter(each.method for each in proxy.requests)
    counts["faults"] = sum(each.fault is not None for each in proxy.requests)
    proxy.choose = None
    set_environment(proxy.endpoint)
    (midi,) = transcribed.glob("*.mid")
    requests = counts if "://" in address else {}
    return Chain(where, address, seconds, requests, objects_of(address), midi.read_bytes())


def mirliton(arguments: Sequence[str], variables: Mapping[str, str]) -> float:
    """Run a command in an environment with some more variables; its seconds."""
    began = time.monotonic()
    command = [sys.executable, "-m", "mirliton", *arguments]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MirlitonError(f"mirliton {arguments[0]} to succeed", received=done.stderr[-2000:], remedy="see above")
    return time.monotonic() - began


def differences(chain: Chain, other: Chain) -> list[str]:
    """Keys of the datasets' objects that differ, and of what else does: the weights, the transcription."""
    ours, theirs = _datasets(chain), _datasets(other)
    found = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    weights = [_weights(each) for each in (chain, other)]
    found += ["weights"] * (weights[0] != weights[1])
    return found + ["transcription"] * (chain.transcription != other.transcription)


def _datasets(chain: Chain) -> dict[str, bytes]:
    return {key: content for key, content in chain.objects.items() if key.startswith("datasets/")}


def _weights(chain: Chain) -> dict[str, bytes]:
    content = next(each for key, each in sorted(chain.objects.items()) if key.endswith("/model.keras"))
    return {name: values.tobytes() for name, values in keras_weights(content).items()}
