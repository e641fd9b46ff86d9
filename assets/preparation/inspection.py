"""Inspection: one track of a dataset as a picture, a page, and its labels as sound over the recording."""

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets import labels
from mir_models import labels as labelling
from mir_models.alignment import ALIGNMENTS
from mir_models.errors import MirlitonError, TrackError
from mir_models.features import preset as feature_of
from mir_models.features import presets
from mir_models.figures import inspection as figures
from mir_models.figures.inspection import Scene
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.sonification import over, sonify
from mir_models.notes.time_map import TimeMap
from mir_models.resampling import resample
from storage import home, progress
from storage.corpora.listing import steady
from storage.corpora.registrations import Catalogue, Registration
from storage.fingerprints import slug
from storage.media import audio
from storage.media.audio import Part
from storage.media.png import png
from storage.reports.pages.alignment import ms
from storage.reports.pages.inspection import Shown, Sound, render
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.note_arrays import from_array
from storage.tracks.track_store import TrackStore

SR = 22050
"""Sampling rate of the sound in Hz."""
SECONDS = 10.0
"""Length of the excerpts that are drawn, unless another is asked for."""
STEPS = ("decoding", "labels", "features", "pictures", "sound")
IDENTITY = TimeMap.shift(0.0)


@dataclass(frozen=True)
class Inspected:
    """The files that were written; `sound` is None for a track without notes."""

    picture: Path
    page: Path
    sound: Path | None

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [path for path in (self.picture, self.page, self.sound) if path]


@dataclass(frozen=True, eq=False)
class Labelled:
    """The notes of one track and their alignment.

    Attributes
    ----------
    notes : Notes
        In label time.
    applied, measured : TimeMap
        From label time to audio time; they differ where labels are promised to be exact.
    residuals : (n_anchors, 2) float64
        See `mir_models.alignment.Alignment`.
    heard : (n_heard,) floating
        Onsets heard, from 0 s on, `heard_rate` frames a second; empty where nothing was heard.
    said : dict
        The record of the labels as `assets.labels.label` makes it; empty where the track has only classes.
    notices : tuple of str
        What is wrong with the labels.
    """

    notes: Notes = NO_NOTES
    applied: TimeMap = IDENTITY
    measured: TimeMap = IDENTITY
    residuals: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    heard: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    heard_rate: float = 1.0
    said: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Seen:
    """All that is known of a track: its dataset, its row of the track table, its samples at `SR`, labels, and scene."""

    dataset: str
    record: dict[str, Any]
    y: NDArray[np.float32]
    labels: Labelled
    scene: Scene


def inspect(
    name: str, track: str, out: Path, *, start: float | None = None, seconds: float | None = None, preset: str = "cqt"
) -> Inspected:
    """Write what there is to see and to hear of one track into the folder `out`.

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

    Raises
    ------
    MirlitonError
        When the dataset or the track is not known, or no excerpt of it is meant.
    """
    feature = _constant_q(preset)
    registration = Catalogue(home.home()).get(name)
    dataset = open_dataset(home.store_address(), name)
    seen = _seen(registration, dataset, _record(dataset, track), preset, feature)
    length = SECONDS if seconds is None else seconds
    begin = figures.middle(seen.scene, length) if start is None else start
    overview, places = _pictures(seen, begin, length)
    whole = start is None and seconds is None
    span = (0.0, seen.record["duration"]) if whole else (overview.start, overview.stop)
    return _written(seen, out, overview, places, span)


def _constant_q(preset: str) -> ModuleType:
    """The feature of a preset whose bins are semitones or parts of them: what notes can be drawn over."""
    fits = [each for each, feature in sorted(presets().items()) if hasattr(feature.PRESETS[each], "first_pitch")]
    if preset not in fits:
        raise MirlitonError("a constant-Q preset", received=repr(preset), remedy=f"choose one of {', '.join(fits)}")
    return feature_of(preset)


def _record(dataset: DatasetStore, track: str) -> dict[str, Any]:
    """The track's row of the track table."""
    records = {record["track"]: record for record in dataset.raw_audio.records()}
    refused = {row.track: row.reason for row in dataset.quarantine.rows("raw_audio")}
    if track in records:
        return records[track]
    if track in refused:
        remedy = f"mend its files, then: mirliton backfill {dataset.name}"
        raise MirlitonError(
            "a track that can be heard", received=f"{track}, in quarantine: {refused[track]}", remedy=remedy
        )
    if not records:
        received = f"no track of {dataset.name}, for which nothing is prepared"
        raise MirlitonError("a prepared dataset", received=received, remedy=f"mirliton backfill {dataset.name}")
    near = ", ".join(nearest(track, [*records, *refused]))
    remedy = f"{f'did you mean {near}? ' if near else ''}After changes on disk: mirliton backfill {dataset.name}"
    raise MirlitonError(f"a track of {dataset.name}", received=repr(track), remedy=remedy)


def nearest(track: str, known: list[str], *, n: int = 3) -> list[str]:
    """At most `n` ids that are spelt like `track`, or contain it, whatever their case; best first."""
    by_lower = {each.lower(): each for each in known}
    alike = difflib.get_close_matches(track.lower(), by_lower, n=n, cutoff=0.6)
    within = [each for each in sorted(by_lower) if track.lower() in each]
    return [by_lower[each] for each in dict.fromkeys([*alike, *within])][:n]


def _seen(
    registration: Registration, dataset: DatasetStore, record: dict[str, Any], preset: str, feature: ModuleType
) -> Seen:
    _tell(record, "decoding")
    with steady(record["stamp"]):
        y, sr = audio.read_mono(Path(record["path"]), Part(record["start"], record["end"]))
        _tell(record, "labels")
        labelled = _labelled(registration, dataset, record, y, sr)
    _tell(record, "features")
    levels, params = _levels(dataset.features(preset), record, y, sr, feature, feature.PRESETS[preset])
    scene = Scene(
        levels=levels,
        grid=params.grid,
        first_pitch=params.first_pitch,
        bins_per_octave=params.bins_per_octave,
        notes=labelled.notes,
        time_map=labelled.measured,
        residuals=labelled.residuals,
        heard=labelled.heard,
        heard_rate=labelled.heard_rate,
        after="aligned" if labelled.measured is labelled.applied else "by the measured lag, not applied",
    )
    return Seen(dataset.name, record, resample(y, sr, SR), labelled, scene)


def _labelled(
    registration: Registration, dataset: DatasetStore, record: dict[str, Any], y: NDArray[np.float32], sr: int
) -> Labelled:
    """The labels as they are stored, or else as the dataset's method finds them now."""
    if "notes" not in record["labels"]:
        return Labelled()
    for row in dataset.quarantine.rows("labels"):
        if row.track == record["track"]:
            return _anew(registration, record, y, sr, f"In quarantine, no network learns from it. {row.reason}")
    found = _held(dataset.labels, record)
    if found is None or "heard" not in (kept := dataset.labels.arrays(record["track"], found[0])):
        notice = f"The labels are not up to date, these are made for this page. mirliton backfill {dataset.name}"
        return _anew(registration, record, y, sr, notice)
    return _stored({name: np.asarray(array[...]) for name, array in kept.items()}, found[1])


def _held(store: TrackStore, record: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Fingerprint and record of what a store holds of a track, made of the recording as it is now."""
    for name, said in store.named_records().items():
        written = record["labels"].get("notes", {}).get("content")
        if (
            said["track"] == record["track"]
            and said["audio"] == record["content"]
            and said.get("score") in (None, written)
        ):
            return name.rsplit("@", 1)[1], said
    return None


def _stored(kept: dict[str, NDArray[Any]], said: dict[str, Any]) -> Labelled:
    applied = TimeMap(kept["time_map"])
    differs = len(kept["measured"]) and not np.array_equal(kept["measured"], applied.knots)
    return Labelled(
        notes=from_array(kept["notes"]),
        applied=applied,
        measured=TimeMap(kept["measured"]) if differs else applied,
        residuals=kept["residuals"],
        heard=kept["heard"],
        heard_rate=said["frame_rate"],
        said=said,
    )


def _anew(registration: Registration, record: dict[str, Any], y: NDArray[np.float32], sr: int, notice: str) -> Labelled:
    """The labels by the dataset's method at its default settings, whatever its confidence."""
    item = labels.jobs([record], registration, labels.DEFAULTS)[0].item
    settings, notes, said = item["settings"], NO_NOTES, {"method": None}
    try:
        notes, written = labels.notes_of(item)
        said |= written | {"n_notes": len(notes)}
        found = labelling.align(resample(y, sr, settings.sr), notes, item["method"], settings)
    except TrackError as error:  # What is wrong is told beside what can be seen all the same.
        told = notice if str(error) in notice else f"{notice} {error}"
        return Labelled(notes=notes, said=said, notices=(told,))
    return Labelled(
        notes=notes,
        applied=found.time_map,
        measured=found.time_map if found.measured is None or found.lag == found.measured_lag else found.measured,
        residuals=found.residuals,
        heard=found.audio_curve,
        heard_rate=found.frame_rate,
        said=said | labels.measured(found) | {"threshold": settings.confidence_threshold},
        notices=(notice,),
    )


def _levels(
    store: TrackStore, record: dict[str, Any], y: NDArray[np.float32], sr: int, feature: ModuleType, params: Any
) -> tuple[NDArray[np.float32], Any]:
    """The features as they are stored, or else computed now, and their parameters."""
    found = _held(store, record)
    if found is None:
        return feature.extract(resample(y, sr, params.sr), params), params
    fingerprint, said = found
    kept = store.arrays(record["track"], fingerprint)["features"]
    return np.asarray(kept[...]), type(params)(**said["params"])


def _pictures(seen: Seen, begin: float, seconds: float) -> tuple[Shown, list[Shown]]:
    """The overview of the excerpt, and the other places worth looking at."""
    _tell(seen.record, "pictures")
    scene = seen.scene
    overview = _shown(scene, "excerpt", begin, seconds, figures.overview(scene, begin, seconds, _title(seen)))
    others = [each for each in figures.places(scene, seconds) if abs(each.start - begin) >= seconds / 2]
    return overview, [
        _shown(scene, each.name, each.start, seconds, figures.excerpt(scene, each.start, seconds)) for each in others
    ]


def _shown(scene: Scene, name: str, start: float, seconds: float, figure: Any) -> Shown:
    return Shown(name, png(figure), start, min(start + seconds, scene.duration))


def _title(seen: Seen) -> str:
    said, head = seen.labels.said, f"{seen.dataset} · {seen.record['track']}"
    if not said:
        return ", ".join([head, *(f"{kind} {name}" for kind, name in seen.record["classes"].items())])
    if said["method"] is None:
        return f"{head}: could not be aligned"
    lag = said["lag"] if said["measured_lag"] is None else said["measured_lag"]
    return f"{head}: {said['method']}, lag {ms(lag)}, confidence {said['confidence']:.2f}"


def _written(seen: Seen, out: Path, overview: Shown, places: list[Shown], span: tuple[float, float]) -> Inspected:
    """The files, the sound first: the page links to it."""
    _tell(seen.record, "sound")
    out.mkdir(parents=True, exist_ok=True)
    stem = slug(seen.record["track"])
    sound = _sonified(seen, out, f"{stem}.wav", *span) if len(seen.labels.notes) else None
    page = render(_about(seen), overview, places, recording=_recording(seen.record, out), labels=sound)
    files = Inspected(out / f"{stem}.png", out / f"{stem}.html", out / sound.path if sound else None)
    files.picture.write_bytes(overview.picture)
    files.page.write_text(page, encoding="utf-8")
    _tell(seen.record)
    return files


def _sonified(seen: Seen, out: Path, name: str, start: float, stop: float) -> Sound:
    """The recording on the left and its labels, as they are applied, on the right."""
    y = seen.y[round(start * SR) : round(stop * SR)]
    played = seen.labels.applied.moved(seen.labels.notes).shifted(-round(start * SR) / SR)
    audio.write(out / name, over(y, sonify(played, SR, len(y))), SR)
    return Sound(name, start, stop, -start)


def _recording(record: dict[str, Any], out: Path) -> Sound | None:
    """The recording where it lies; None where no relative path leads there, as between two drives."""
    try:
        path = Path(os.path.relpath(record["path"], out)).as_posix()
    except ValueError:
        return None
    return Sound(path, 0.0, record["duration"], record["start"])


def _about(seen: Seen) -> dict[str, Any]:
    found, said = seen.labels, seen.labels.said
    method = ALIGNMENTS.get(said["method"]).__doc__ if said.get("method") else None
    late = np.abs(found.residuals[:, 1])
    return {
        "dataset": seen.dataset,
        "record": seen.record,
        "labels": said,
        "method": (method or "").strip().split("\n")[0],
        "tempo": _tempo(found) if said.get("method") and len(found.notes) > 1 else None,
        "residuals": (len(late), float(np.median(late)), float(late.max())) if len(late) else None,
        "notices": found.notices,
    }


def _tempo(found: Labelled) -> tuple[float, float, float]:
    """Seconds of audio per second of the labels: from the first note to the last, and in the extreme pieces."""
    first, last = found.notes.onset_times[[0, -1]]
    ratios = found.measured.ratios()
    mean = float(np.diff(found.measured([first, last]))[0] / (last - first)) if last > first else 1.0
    return mean, float(ratios.min()), float(ratios.max())


def _tell(record: dict[str, Any], step: str = "") -> None:
    done = STEPS.index(step) if step else len(STEPS)
    progress.tell(f"inspecting {record['track']}", done, len(STEPS), step)
