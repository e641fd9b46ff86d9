"""Alignment by other packages, as far as they are installed: dynamic time warping of frames.

``librosa dtw``
    ``librosa.sequence.dtw`` at its defaults, with ``subseq``, of ``chroma_cqt`` against the chroma of the piano roll,
    hop 512 at 22,050 Hz: the labels are matched within the recording.
``librosa dtw, whole``
    The same without ``subseq``: the first and the last frames of both are matched.
``penalised dtw``
    After Raffel and Ellis [1]_: constant-Q transform of 48 semitones from MIDI 36 in dB, cosine distance, an additive
    penalty of the median distance for every step that is not diagonal. Differences: the MIDI is not synthesised, but
    drawn as a roll of decaying partials; in place of the gully of 0.96, which frees up to 4 % of the ends of the
    shorter one, the shorter one is matched within the longer.
``synctoolbox``
    MrMsDTW on quantised chroma and DLNCO at 50 Hz [2]_, as in its notebook ``sync_audio_score_full`` (tuning, step
    weights and ``threshold_rec`` too), without the search for a transposition. Left out where it is not installed.

The confidence of all but the last is one minus the normalised cost of [1]_: the mean over the path, penalties included,
over the mean of the distances in the part of the matrix that the path crosses. They have no threshold.

.. [1] C. Raffel and D. P. W. Ellis, "Optimizing DTW-based audio-to-MIDI alignment and matching", ICASSP 2016.
.. [2] M. Müller, Y. Özer, M. Krause, T. Prätzlich and J. Driedger, "Sync Toolbox: a Python package for efficient,
   robust, and accurate music synchronization", JOSS 6(64), 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib.util import find_spec
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.alignment.methods import Method, MethodResult
from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap
from storage.fingerprints import fingerprint

SR = 22050
GRID = FrameGrid(SR, 512)
LOWEST, N_BINS = 36, 48
"""MIDI number of the lowest semitone of the constant-Q transform, and semitones."""
DECAY = 0.5
"""Seconds in which a drawn note falls to 1/e."""
PARTIALS = ((0, 1.0), (12, 0.6), (19, 0.36), (24, 0.22), (28, 0.13), (31, 0.08))
"""Semitones above the fundamental and amplitude of the partials of a drawn note."""
FEATURE_RATE = 50
STEP_WEIGHTS = (1.5, 1.5, 2.0)
THRESHOLD_REC = 10**6
BEYOND = 3600.0
"""Seconds for which a path goes on at either end, since the slope of its last step is arbitrary."""
VERSION = 2


def available() -> list[Method]:
    """The peers that can be run here."""
    return [
        _by_librosa("librosa dtw", "chroma", _chroma, _match_chroma),
        _by_librosa("librosa dtw, whole", "chroma", _chroma, partial(_match_chroma, subseq=False)),
        _by_librosa("penalised dtw", "log cqt", _log_cqt, _match_log_cqt),
        *_synctoolbox(),
    ]


def left_out() -> list[str]:
    """Peers that are not run, with the reason."""
    return [] if find_spec("synctoolbox") else ["synctoolbox is left out: it is not installed."]


def _by_librosa(
    name: str,
    features: str,
    extract: Callable[[NDArray[np.float32]], Any],
    match: Callable[[Any, Notes], MethodResult],
) -> Method:
    return Method(name, fingerprint(name, VERSION, _version("librosa")), SR, features, extract, match)


def _synctoolbox() -> list[Method]:
    if find_spec("synctoolbox") is None:
        return []
    made_of = fingerprint("synctoolbox", VERSION, _version("synctoolbox"))
    return [Method("synctoolbox", made_of, SR, "dlnco", _sync_extract, _sync_match)]


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _chroma(y: NDArray[np.float32]) -> NDArray[np.float32]:
    import librosa

    return librosa.feature.chroma_cqt(y=y, sr=SR, hop_length=GRID.hop_length)


def _match_chroma(features: NDArray[np.float32], notes: Notes, *, subseq: bool = True) -> MethodResult:
    import librosa
    from scipy.spatial.distance import cdist

    roll = _roll(notes, decay=np.inf, partials=((0, 1.0),))
    chroma = np.stack([roll[pitch_class::12].sum(axis=0) for pitch_class in range(12)])
    label_chroma = librosa.util.normalize(chroma, norm=np.inf, fill=True)
    return _warped(cdist(label_chroma.T, features.T, "euclidean"), 0.0, notes, subseq=subseq)


def _log_cqt(y: NDArray[np.float32]) -> NDArray[np.float32]:
    import librosa

    fmin = librosa.midi_to_hz(LOWEST)
    return _in_db(np.abs(librosa.cqt(y, sr=SR, hop_length=GRID.hop_length, fmin=fmin, n_bins=N_BINS, tuning=0.0)))


def _match_log_cqt(features: NDArray[np.float32], notes: Notes) -> MethodResult:
    from scipy.spatial.distance import cdist

    roll = _roll(notes, decay=DECAY, partials=PARTIALS)[LOWEST : LOWEST + N_BINS]
    distances = cdist(_in_db(roll).T, features.T, "cosine")
    return _warped(distances, float(np.median(distances)), notes)


def _in_db(magnitudes: NDArray[Any]) -> NDArray[Any]:
    """Decibels above the floor, 80 dB below the loudest; a silent frame is flat rather than nothing."""
    import librosa

    return librosa.amplitude_to_db(magnitudes, ref=np.max, top_db=80.0) + 81.0


def _roll(notes: Notes, *, decay: float, partials: tuple[tuple[int, float], ...]) -> NDArray[np.float64]:
    """Partials of all notes, (128, n_frames), on frames that begin at the first onset.

    Raises
    ------
    TrackError
        Without notes.
    """
    if not len(notes):
        raise TrackError("notes to align", received="none", remedy="replace the label file or remove the track")
    start = float(notes.onset_times[0])
    roll = np.zeros((128, GRID.n_frames(round((notes.duration - start) * SR)) + 1))
    firsts, stops = GRID.frames(notes.onset_times - start), GRID.frames(notes.offset_times - start)
    for first, stop, pitch, velocity in zip(firsts, stops, notes.pitches, notes.velocities, strict=True):
        length = max(stop - first, 1)
        envelope = velocity / 127 * np.exp(-np.arange(length) / (decay * GRID.frame_rate))
        for semitones, amplitude in partials:
            if pitch + semitones < len(roll):
                roll[pitch + semitones, first : first + length] += amplitude * envelope
    return roll


def _warped(distances: NDArray[np.float64], penalty: float, notes: Notes, *, subseq: bool = True) -> MethodResult:
    """The path through the distances of label frames (rows) and audio frames (columns), with its confidence."""
    import librosa

    longer = distances.shape[0] > distances.shape[1]  # The shorter one is matched within the longer.
    weights = np.array([0.0, penalty, penalty])
    _, path = librosa.sequence.dtw(C=distances.T if longer else distances, subseq=subseq, weights_add=weights)
    rows, columns = (path[::-1, ::-1] if longer else path[::-1]).T
    sideways = np.mean((np.diff(rows) == 0) | (np.diff(columns) == 0))
    crossed = distances[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cost = (distances[rows, columns].mean() + penalty * sideways) / crossed.mean()
    label_times = float(notes.onset_times[0]) + GRID.times(rows)
    return MethodResult(strictly_monotone(label_times, GRID.times(columns)), float(1 - cost), {"cost": float(cost)})


def strictly_monotone(label_times: NDArray[np.float64], audio_times: NDArray[np.float64]) -> TimeMap:
    """A path as a time map that goes on at tempo ratio 1 outside.

    Steps that stand still in one direction are averaged, first per label, then per audio time.

    Parameters
    ----------
    label_times, audio_times : (n,) float64
        Neither descending.
    """
    label, group = np.unique(label_times, return_inverse=True)
    audio = np.bincount(group, audio_times) / np.bincount(group)
    once, group = np.unique(audio, return_inverse=True)
    knots = np.c_[np.bincount(group, label) / np.bincount(group), once]
    return TimeMap(np.concatenate([knots[:1] - BEYOND, knots, knots[-1:] + BEYOND]))


def _sync_extract(y: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantised chroma and DLNCO of a recording, (12, n_frames) each."""
    from synctoolbox.feature.pitch import audio_to_pitch_features
    from synctoolbox.feature.pitch_onset import audio_to_pitch_onset_features
    from synctoolbox.feature.utils import estimate_tuning

    with redirect_stdout(StringIO()):  # It prints a dot per key.
        tuning = estimate_tuning(y, SR)
        energies = audio_to_pitch_features(f_audio=y, Fs=SR, tuning_offset=tuning, feature_rate=FEATURE_RATE)
        onsets = audio_to_pitch_onset_features(f_audio=y, Fs=SR, tuning_offset=tuning)
    return _sync_features(energies, onsets)


def _sync_match(features: tuple[NDArray[np.float64], NDArray[np.float64]], notes: Notes) -> MethodResult:
    import pandas
    from synctoolbox.dtw.mrmsdtw import sync_via_mrmsdtw
    from synctoolbox.feature.csv_tools import df_to_pitch_features, df_to_pitch_onset_features

    columns = {
        "start": notes.onset_times,
        "duration": notes.offset_times - notes.onset_times,
        "pitch": notes.pitches,
        "velocity": notes.velocities,
        "instrument": "piano",
    }
    table = pandas.DataFrame(columns)
    label_features = _sync_features(df_to_pitch_features(table, FEATURE_RATE), df_to_pitch_onset_features(table))
    path = sync_via_mrmsdtw(
        f_chroma1=features[0],
        f_onset1=features[1],
        f_chroma2=label_features[0],
        f_onset2=label_features[1],
        input_feature_rate=FEATURE_RATE,
        step_weights=np.array(STEP_WEIGHTS),
        threshold_rec=THRESHOLD_REC,
    )
    return MethodResult(strictly_monotone(path[1] / FEATURE_RATE, path[0] / FEATURE_RATE), None)


def _sync_features(energies: NDArray[np.float64], onsets: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from synctoolbox.feature.chroma import pitch_to_chroma, quantize_chroma
    from synctoolbox.feature.dlnco import pitch_onset_features_to_DLNCO

    chroma = quantize_chroma(f_chroma=pitch_to_chroma(f_pitch=energies))
    decaying = pitch_onset_features_to_DLNCO(
        f_peaks=onsets, feature_rate=FEATURE_RATE, feature_sequence_length=chroma.shape[1]
    )
    return chroma, decaying
