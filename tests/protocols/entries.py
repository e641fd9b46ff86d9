"""Every module of every registry, assigned to the protocol of its kind: mypy checks that each of them satisfies it."""

from __future__ import annotations

from mir_models.alignment import AlignmentMethod, auto, correlation, drift, dtw, none
from mir_models.architectures import (
    ClassArchitecture,
    Ensemble,
    NoteArchitecture,
    bilstm,
    crnn,
    dense_context,
    dense_frame,
    genre_ensemble,
    harmonic_resnet,
    lstm,
    lstm_fast,
    onsets_frames,
    parallel_cnn_rnn,
    patch_cnn,
    x_vector,
    x_vector_genre,
)
from mir_models.augmentation.waveform import (
    WaveformAugmentation,
    background,
    codec,
    compression,
    detuning,
    equaliser,
    gain,
    microphone,
    noise,
    pitch_shift,
    reverb,
    room,
    time_stretch,
)
from mir_models.features import Feature, chroma, cqt, log_mel, mfcc, stft
from mir_models.tasks import ClassTask, NoteTask, artist_recognition, genre_recognition, piano_transcription
from storage.datasets import (
    DownloadsByOptions,
    LicenceByOptions,
    Loader,
    NoteReader,
    artist20,
    demo,
    fma,
    folder,
    gtzan,
    labelled_folders,
    maestro,
    maps,
    mirdata,
    piano_midi_de,
    renderings,
    table,
)

FEATURES: list[Feature] = [chroma, cqt, log_mel, mfcc, stft]
ALIGNMENTS: list[AlignmentMethod] = [auto, correlation, drift, dtw, none]
AUGMENTATIONS: list[WaveformAugmentation] = [
    background,
    codec,
    compression,
    detuning,
    equaliser,
    gain,
    microphone,
    noise,
    pitch_shift,
    reverb,
    room,
    time_stretch,
]
NOTE_ARCHITECTURES: list[NoteArchitecture] = [bilstm, harmonic_resnet, lstm, lstm_fast, onsets_frames]
CLASS_ARCHITECTURES: list[ClassArchitecture] = [
    crnn,
    dense_context,
    dense_frame,
    genre_ensemble,
    parallel_cnn_rnn,
    patch_cnn,
    x_vector,
    x_vector_genre,
]
ENSEMBLES: list[Ensemble] = [genre_ensemble]
NOTE_TASKS: list[NoteTask] = [piano_transcription]
CLASS_TASKS: list[ClassTask] = [artist_recognition, genre_recognition]
LOADERS: list[Loader] = [
    artist20,
    demo,
    fma,
    folder,
    gtzan,
    labelled_folders,
    maestro,
    maps,
    mirdata,
    piano_midi_de,
    renderings,
    table,
]
LICENCE_BY_OPTIONS: list[LicenceByOptions] = [folder, labelled_folders, mirdata, renderings, table]
DOWNLOADS_BY_OPTIONS: list[DownloadsByOptions] = [fma, maestro]
NOTE_READERS: list[NoteReader] = [maps, mirdata]
