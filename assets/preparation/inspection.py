"""Inspection: one track of a dataset as a picture, a page, and its labels as sound over the recording."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assets.preparation.track_labels import TrackLabels, find_labels
from mir_models.alignment import ALIGNMENTS
from mir_models.errors import MirlitonError, ParameterError
from mir_models.features import cqt, feature_of, params_of_preset, presets
from mir_models.figures import inspection as figures
from mir_models.figures.inspection import Scene
from mir_models.notes.annotations import Notes
from mir_models.notes.sonification import sonify, stereo
from mir_models.resampling import resample
from mir_models.similar_names import suggestion
from storage import home, progress
from storage.corpora.catalogue import open_catalogue
from storage.corpora.listing import check_unchanged
from storage.corpora.registrations import Registration
from storage.fingerprints import slug
from storage.media import audio
from storage.media.audio import Part
from storage.media.checks import SILENCE
from storage.media.ogg import encode_ogg
from storage.media.png import png
from storage.objects.outputs import check_output, draft_of_output, write_output
from storage.pages.piano_roll import RollNote, RollView, spectrum_of
from storage.reports.pages.alignment import ms
from storage.reports.pages.inspection import ExcerptFigure, TrackReport, render
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import RawAudioRecord
from storage.tracks.track_store import fingerprint_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SR = 22050
"""Sampling rate of the sound in Hz."""
SECONDS = 10.0
"""Length of the excerpts that are drawn, by default."""
LONGEST = 600.0
"""Seconds of sound that a page has inside, at most: half a megabyte a minute."""
PEAK = 0.9
"""Amplitude to which the recording is brought on the page."""
STEPS = ("decoding", "labels", "features", "pictures", "sound")


@dataclass(frozen=True)
class InspectionFiles:
    """The files that were written; `sound` is None for a track without notes."""

    picture: Path
    page: Path
    sound: Path | None

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [path for path in (self.picture, self.page, self.sound) if path]


@dataclass(frozen=True, eq=False)
class InspectedTrack:
    """A track: its dataset, its row of the track table, its samples at `SR`, its labels, and what is drawn of it."""

    dataset: str
    record: RawAudioRecord
    y: NDArray[np.float32]
    labels: TrackLabels
    scene: Scene


def inspect(
    name: str,
    track: str,
    out: Path,
    *,
    start: float | None = None,
    seconds: float | None = None,
    preset: str = "cqt",
    overwrite: bool = False,
) -> InspectionFiles:
    """Write picture, page and sound of one track into the folder `out`.

    Parameters
    ----------
    name, track : str
        A registered dataset and the id of one of its tracks, which may be in quarantine for its labels.
    out : Path
        Made where it is not there.
    start, seconds : float, optional
        The excerpt that is drawn: by default 10 s around the middle note. Where either is given, the sound is limited
        to it, too.
    preset : str
        A constant-Q preset of `mir_models.features`.
    overwrite : bool
        Replace files that mirliton did not write, or that were changed since.

    Raises
    ------
    MirlitonError
        When the dataset or the track does not exist, the excerpt is not inside it, or a file is in the way.
    """
    check_constant_q(preset)
    registration = open_catalogue().get(name)
    dataset = open_dataset(home.store_address(), name)
    record = _find_record(dataset, track)
    for path in _files(record, out).paths:
        check_output(path, overwrite=overwrite)
    inspected = _read(registration, dataset, record, preset)
    length = SECONDS if seconds is None else seconds
    begin = figures.middle_start(inspected.scene, length) if start is None else start
    overview, others = _draw(inspected, begin, length)
    full = start is None and seconds is None
    span = (0.0, inspected.record.duration) if full else (overview.start, overview.stop)
    return _write(inspected, _files(record, out), overview, others, span, overwrite=overwrite)


def check_constant_q(preset: str) -> None:
    """Raise for presets whose bins are not semitones or parts of them: notes cannot be drawn over these.

    Raises
    ------
    ParameterError
    """
    fits = [name for name, feature in sorted(presets().items()) if isinstance(feature.PRESETS[name], cqt.Params)]
    if preset not in fits:
        remedy = f"{suggestion(preset, fits)}choose one of {', '.join(fits)}"
        raise ParameterError("a constant-Q preset", received=repr(preset), remedy=remedy)


def _find_record(dataset: DatasetStore, track: str) -> RawAudioRecord:
    """The track's row of the track table."""
    records = {record.track: record for record in dataset.raw_audio.records()}
    refused = {row.track: row.reason for row in dataset.quarantine.rows("raw_audio")}
    if track in records:
        return records[track]
    if track in refused:
        received, remedy = f"{track}, in quarantine: {refused[track]}", f"mirliton backfill {dataset.name}"
        raise MirlitonError("a track that can be decoded", received=received, remedy=f"mend its files, then: {remedy}")
    if not records:
        received = f"no track of {dataset.name}, for which nothing is prepared"
        raise MirlitonError("a prepared dataset", received=received, remedy=f"mirliton backfill {dataset.name}")
    remedy = f"{suggestion(track, [*records, *refused])}after changes on disk: mirliton backfill {dataset.name}"
    raise MirlitonError(f"a track of {dataset.name}", received=repr(track), remedy=remedy)


def _read(registration: Registration, dataset: DatasetStore, record: RawAudioRecord, preset: str) -> InspectedTrack:
    _report(record, "decoding")
    with check_unchanged(record.stamp):
        y, sr = audio.read_mono(Path(record.path), Part(record.start, record.end))
        _report(record, "labels")
        labels = find_labels(registration, dataset, record, y, sr)
    _report(record, "features")
    levels, params = _levels(dataset, record, y, sr, preset)
    scene = Scene(
        levels=levels,
        grid=params.grid,
        first_pitch=params.first_pitch,
        bins_per_octave=params.bins_per_octave,
        notes=labels.notes,
        time_map=labels.measured,
        residuals=labels.residuals,
        onset_envelope=labels.onset_envelope,
        envelope_rate=labels.envelope_rate,
        after="aligned" if labels.measured is labels.applied else "by the measured lag, not applied",
    )
    return InspectedTrack(dataset.name, record, resample(y, sr, SR), labels, scene)


def _levels(
    dataset: DatasetStore, record: RawAudioRecord, y: NDArray[np.float32], sr: int, preset: str
) -> tuple[NDArray[np.float32], cqt.Params]:
    """The constant-Q levels as they are stored, or else computed now, and their parameters."""
    store, feature = dataset.features(preset), feature_of(preset)
    for name, stored in store.named_records().items():
        if (stored.track, stored.audio_content) == (record.track, record.content):
            kept = store.arrays(record.track, fingerprint_of(name))["features"]
            return np.asarray(kept[...]), _constant_q(params_of_preset(preset, stored.params))
    params = _constant_q(feature.PRESETS[preset])
    return feature.extract(resample(y, sr, params.sr), params), params


def _constant_q(params: object) -> cqt.Params:
    assert isinstance(params, cqt.Params), "a constant-Q preset"
    return params


def _draw(inspected: InspectedTrack, begin: float, seconds: float) -> tuple[ExcerptFigure, list[ExcerptFigure]]:
    """The overview of the excerpt, and the other excerpts worth looking at."""
    _report(inspected.record, "pictures")
    scene = inspected.scene
    overview = figures.overview(scene, begin, seconds, _title(inspected))
    others = [each for each in figures.select_excerpts(scene, seconds) if abs(each.start - begin) >= seconds / 2]
    return _excerpt(scene, "excerpt", begin, seconds, overview), [
        _excerpt(scene, each.name, each.start, seconds, figures.excerpt(scene, each.start, seconds)) for each in others
    ]


def _excerpt(scene: Scene, name: str, start: float, seconds: float, figure: "Figure") -> ExcerptFigure:
    return ExcerptFigure(name, png(figure), start, min(start + seconds, scene.duration))


def _title(inspected: InspectedTrack) -> str:
    labels, head = inspected.labels.record, f"{inspected.dataset} · {inspected.record.track}"
    if labels is None:
        return ", ".join([head, *(f"{kind} {name}" for kind, name in inspected.record.classes.items())])
    if labels.method is None:
        return f"{head}: could not be aligned"
    lag = labels.lag if labels.measured_lag is None else labels.measured_lag
    return f"{head}: {labels.method}, lag {ms(lag)}, confidence {labels.confidence or 0.0:.2f}"


def _files(record: RawAudioRecord, out: Path) -> InspectionFiles:
    """The files of a track in the folder `out`, the sound among them."""
    stem = slug(record.track)
    return InspectionFiles(out / f"{stem}.png", out / f"{stem}.html", out / f"{stem}.wav")


def _write(
    inspected: InspectedTrack,
    files: InspectionFiles,
    overview: ExcerptFigure,
    others: list[ExcerptFigure],
    span: tuple[float, float],
    *,
    overwrite: bool,
) -> InspectionFiles:
    """Write the files; the page has what it shows and plays inside."""
    _report(inspected.record, "sound")
    has_notes = bool(len(inspected.labels.notes))
    if files.sound and has_notes:
        with draft_of_output(files.sound, overwrite=overwrite) as draft:
            audio.write_wav(draft, stereo(*_sounds(inspected, *span)), SR)
    start, stop = _inside(span, overview)
    sounds = _encoded(*_sounds(inspected, start, stop), has_notes=has_notes)
    page = render(_track_report(inspected), overview, others, roll=_roll(inspected, start, stop), sounds=sounds)
    write_output(files.picture, overview.picture, overwrite=overwrite)
    write_output(files.page, page.encode(), overwrite=overwrite)
    _report(inspected.record)
    return files if has_notes else replace(files, sound=None)


def _sounds(inspected: InspectedTrack, start: float, stop: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The recording between two seconds, and its labels as they are applied, sonified."""
    y = inspected.y[round(start * SR) : round(stop * SR)]
    notes = _applied(inspected).shifted(-round(start * SR) / SR)
    return y, sonify(notes, SR, len(y))


def _applied(inspected: InspectedTrack) -> Notes:
    labels = inspected.labels
    return labels.applied.moved(labels.notes) if len(labels.notes) else labels.notes


def _inside(span: tuple[float, float], overview: ExcerptFigure) -> tuple[float, float]:
    """The part of a span that the page has inside: all of it, or `LONGEST` seconds around the overview."""
    start, stop = span
    if stop - start <= LONGEST:
        return span
    first = min(max((overview.start + overview.stop - LONGEST) / 2, start), stop - LONGEST)
    return first, first + LONGEST


def _encoded(y: NDArray[np.float32], labels: NDArray[np.float32], *, has_notes: bool) -> dict[str, bytes]:
    """The recording as Ogg, and its labels over it where it has some, both as loud."""
    loudest = float(np.abs(y).max(initial=0.0))
    recording = y * (PEAK / max(loudest, SILENCE))
    sounds = {"Recording": recording}
    if has_notes:
        sounds["Labels over the recording"] = np.clip(0.6 * recording + 0.5 * labels, -1.0, 1.0)
    return {name: encode_ogg(each.astype(np.float32), SR) for name, each in sounds.items()}


def _roll(inspected: InspectedTrack, start: float, stop: float) -> RollView:
    """The applied labels that sound between two seconds, over the spectrum."""
    scene, notes = inspected.scene, _applied(inspected)
    shown = notes.where((notes.offset_times > start) & (notes.onset_times < stop))
    rows = zip(shown.onset_times, shown.offset_times, shown.pitches, shown.velocities, strict=True)
    drawn = [
        RollNote(float(onset), float(offset), int(pitch), velocity=int(velocity))
        for onset, offset, pitch, velocity in rows
    ]
    spectrum = spectrum_of(
        scene.levels, scene.grid, start, stop, lowest=scene.first_pitch, bins_per_octave=scene.bins_per_octave
    )
    return RollView(start, stop, drawn, spectrum)


def _track_report(inspected: InspectedTrack) -> TrackReport:
    labels, record = inspected.labels, inspected.labels.record
    method = ALIGNMENTS.get(record.method).__doc__ if record and record.method else None
    late = np.abs(labels.residuals[:, 1])
    return TrackReport(
        dataset=inspected.dataset,
        record=inspected.record,
        labels=record,
        method=(method or "").strip().split("\n")[0],
        tempo=_tempo(labels) if method and len(labels.notes) > 1 else None,
        residuals=(len(late), float(np.median(late)), float(late.max())) if len(late) else None,
        notices=labels.notices,
    )


def _tempo(labels: TrackLabels) -> tuple[float, float, float]:
    """Seconds of audio per second of the labels: from the first note to the last, and in the extreme pieces."""
    first, last = labels.notes.onset_times[[0, -1]]
    ratios = labels.measured.ratios()
    mean = float(np.diff(labels.measured([first, last]))[0] / (last - first)) if last > first else 1.0
    return mean, float(ratios.min()), float(ratios.max())


def _report(record: RawAudioRecord, step: str = "") -> None:
    done = STEPS.index(step) if step else len(STEPS)
    progress.report(f"inspecting {record.track}", done, len(STEPS), step)
