"""Transkun (Yan & Duan, ISMIR 2024) with its default weights, as its program sets it.

Its notes end when the key is released, and it transcribes the sustain pedal too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Rows = dict[str, list[tuple[float | None, ...]]]

SUSTAIN = -64
"""The "pitch" of the sustain pedal: less its control number."""


def load() -> Callable[[str], Rows]:
    """The network, once, on one thread."""
    import moduleconf
    import torch
    import transkun

    _make_torchaudio_importable()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    weights = Path(transkun.__file__).parent / "pretrained" / "2.0.pt"
    network = moduleconf.parseFromFile(str(weights.with_suffix(".conf")))["Model"]
    model = network.module.TransKun(conf=network.config)
    checkpoint = torch.load(weights, map_location="cpu")
    state = "best_state_dict" if "best_state_dict" in checkpoint else "state_dict"
    model.load_state_dict(checkpoint[state], strict=False)
    model.eval()

    def transcribe(recording: str) -> Rows:
        y = torch.from_numpy(_samples(recording, sr=model.fs))
        events = model.transcribe(y)
        return {
            "notes": [(each.start, each.end, each.pitch, each.velocity) for each in events if each.pitch > 0],
            "pedal": [(each.start, each.end) for each in events if each.pitch == SUSTAIN],
        }

    return transcribe


def _make_torchaudio_importable() -> None:
    """Do without torchaudio's compiled part where CUDA is missing: of torchaudio only a mel filter bank is used."""
    try:
        import torchaudio  # noqa: F401
    except OSError:
        stub = ModuleType("torchaudio._extension")
        flags = dict.fromkeys(("_IS_TORCHAUDIO_EXT_AVAILABLE", "_IS_ALIGN_AVAILABLE"), False)
        decorators = dict.fromkeys(("fail_if_no_align", "_check_cuda_version"), lambda function: function)
        vars(stub).update(flags, **decorators)
        sys.modules["torchaudio._extension"] = stub


def _samples(recording: str, *, sr: int) -> np.ndarray:
    """(n_samples, n_channels) float32 of a WAV file of 16 bit."""
    from scipy.io import wavfile

    found, y = wavfile.read(recording)
    if found != sr or y.dtype != "int16":
        raise ValueError(f"Expected a WAV file of 16 bit at {sr} Hz. Received: {y.dtype} at {found} Hz")
    return y.reshape(len(y), -1).astype("float32") / 2**15
