"""GTZAN: 1,000 excerpts of 30 s, 100 of each of ten genres, 22,050 Hz mono.

``genres/<genre>/<genre>.<00000>.wav``, in older copies ``.au``; the copy on Kaggle has ``genres_original``. The root
is that folder, or its parent. Ids are the corpus' own: ``blues.00029``.

The corpus comes without artists and without splits, and has faults: 50 exact replicas, 22 excerpts of recordings that
occur again, and many of one artist (B. L. Sturm, An analysis of the GTZAN music genre dataset, MIRUM 2012). A split by
chance therefore tests on what was trained on. The default is the fault-filtered split of Kereliuk, Sturm and Larsen
(2015), `storage.datasets._gtzan_fault_filtered`.

``jazz.00054.wav`` is no WAV file in the copy on Kaggle ("file does not start with RIFF id"), and the script beside
Marsyas' own copy skips it as corrupted; the fault-filtered split, made from the original, trains on it. So the first
bytes of this one file are read, and no other is opened. A damage that they do not show is found by decoding.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mir_models.errors import MirlitonError, ParameterError, TrackError
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.datasets._gtzan_fault_filtered import GENRES, splits
from storage.downloads.download import Remote

NAME = "gtzan"
VERSION = 1
DESCRIPTION = "GTZAN: 1,000 excerpts of 30 s in ten genres, by default the 930 of the fault-filtered split"
LICENCE = "none stated: excerpts of commercial recordings, for research only"
CITATION = (
    "G. Tzanetakis and P. Cook, Musical genre classification of audio signals, IEEE Transactions on Speech and Audio "
    "Processing 10(5), 2002; split: C. Kereliuk, B. L. Sturm and J. Larsen, Deep learning and music adversaries, IEEE "
    "Transactions on Multimedia 17(11), 2015"
)
HOMEPAGE = "https://huggingface.co/datasets/marsyas/gtzan"
KINDS = ("genre",)
# The copy that Marsyas keeps; its own server opihi.cs.uvic.ca is offline since 2022 (mirdata issue 549). Size and
# SHA-256 are those of the server's file, by TensorFlow Datasets (audio/gtzan/checksums.tsv) and torchaudio.
DOWNLOADS = (
    Remote(
        "https://huggingface.co/datasets/marsyas/gtzan/resolve/main/data/genres.tar.gz",
        "sha256:24347e0223d2ba798e0a558c4c172d9d4a19c00bb7963fe055d183dadb4ef2c6",
        1_225_571_541,
    ),
)
PROMISES = Promises(KINDS, official_splits=True)
FULL = Promises(KINDS)

SPLITS = ("fault_filtered", "full")
FOLDERS = ("", "genres", "genres_original", "gtzan_genre", "gtzan_genre/genres", "Data/genres_original")
SUFFIXES = (".wav", ".au")
"""The first that is there counts."""
EXCERPTS = tuple(f"{genre}.{number:05d}" for genre in GENRES for number in range(100))
SUSPECT = "jazz.00054"

_NAME = re.compile(r"(?P<id>(?P<genre>[a-z]+)\.\d{5})(?P<suffix>\.wav|\.au)", re.IGNORECASE)


@dataclass(frozen=True)
class Options:
    """Which excerpts, and who splits them.

    Attributes
    ----------
    split : {"fault_filtered", "full"}
        The 930 excerpts of the fault-filtered split, each in its part; or all 1,000 without one. Then a rule has to be
        chosen, and none is fair: the corpus names neither artists nor works, so ``work`` and ``song`` keep only each
        excerpt to itself, and ``artist`` and ``album`` find nothing to go by.
    """

    split: str = "fault_filtered"

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            remedy = f"choose {' or '.join(SPLITS)}"
            raise ParameterError("an option split", received=repr(self.split), remedy=remedy)


def tracks(root: Path, options: Options) -> Listing:
    """The excerpts below `root`.

    Returns
    -------
    Listing
        What the fault-filtered split leaves out is in ``dropped``; an excerpt that is not on disk, or
        ``jazz.00054.wav`` where it is no WAV file, in ``refused``.
    """
    folder = _folder(root)
    found, is_split = _recordings(folder), options.split == "fault_filtered"
    parts: dict[str, str | None] = {**splits()} if is_split else dict.fromkeys(EXCERPTS)
    refused = {id: reason for id in sorted(parts) if (reason := _reason(id, found.get(id), folder))}
    return Listing(
        [_track(id, found[id], parts[id]) for id in sorted(parts) if id not in refused],
        PROMISES if is_split else FULL,
        {id: "left out by the fault-filtered split (Kereliuk et al. 2015)" for id in EXCERPTS if id not in parts},
        refused,
    )


def _folder(root: Path) -> Path:
    """The folder that holds the genres' folders."""
    for name in FOLDERS:
        if any((root / name / genre).is_dir() for genre in GENRES):
            return root / name
    remedy = "give --root the folder that holds blues, classical, …, or the one above it"
    raise MirlitonError("the folder of GTZAN's genres", received=f"{root}, which has none of them", remedy=remedy)


def _recordings(folder: Path) -> dict[str, Path]:
    """Path of every excerpt by id."""
    found: dict[str, Path] = {}
    for genre in GENRES:
        names = os.listdir(folder / genre) if (folder / genre).is_dir() else ()
        matches = [match for name in names if (match := _NAME.fullmatch(name)) and match["genre"].lower() == genre]
        for match in sorted(matches, key=lambda match: (-SUFFIXES.index(match["suffix"].lower()), match[0])):
            found[match["id"].lower()] = folder / genre / match[0]
    return found


def _reason(id: str, path: Path | None, folder: Path) -> str | None:
    """Why an excerpt cannot be used, or None."""
    if path is None:
        expected = folder / id.partition(".")[0] / f"{id}.wav"
        return str(
            TrackError(str(expected), received="no such file, nor .au", remedy="complete the copy of the corpus")
        )
    if id == SUSPECT and path.suffix.lower() == ".wav" and not _is_wav(path):
        remedy = "take the file from the original archive"
        return str(TrackError(f"a WAV file {path}", received="one that does not begin with RIFF", remedy=remedy))
    return None


def _is_wav(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"RIFF"


def _track(id: str, path: Path, split: str | None) -> TrackFiles:
    return TrackFiles(id, path, work=id, split=split, classes={"genre": id.partition(".")[0]})
