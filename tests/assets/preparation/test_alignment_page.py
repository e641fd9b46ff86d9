"""The page of a dataset's alignment: what it shows, in which order, and that it is a function of the store."""

from __future__ import annotations

import base64
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assets.evaluation import notes
from assets.labels import alignment_metadata
from assets.preparation import alignments
from mir_models.alignment import Alignment, correlation
from mir_models.alignment._evidence import Evidence
from mir_models.errors import MirlitonError
from mir_models.figures.alignment import SECONDS, confidence_against_residual, overlay
from mir_models.notes.time_map import TimeMap
from storage.media import audio, midi
from storage.reports.alignments import AlignmentPage
from storage.reports.evaluations import ReportStore
from storage.reports.pages.alignment import ms, ratio, spread
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import QuarantineRow
from tests.assets.evaluation.test_pages import EVIL, PNG, Reader
from tests.conftest import Prepared, notes_of, prepare, write_track
from tests.storage.track_records import NOTES, alignment_measurements, labels_record, raw_audio_record

RATE = 100.0
MEASURED = {"method": "correlation", "lag": 0.25, "measured_lag": 0.25, "tempo_ratio": 1.01, "confidence": 0.8,
        "threshold": 0.3, "evidence": {"residual": 0.004}, "frame_rate": RATE}  # fmt: skip


def keep(dataset: DatasetStore, track: str, **changes: Any) -> None:
    """Keep a track with 20 s of curve, and 40 notes that are 0.25 s early."""
    onset_times = np.linspace(0.5, 18.5, 40)
    envelope = np.zeros(round(20 * RATE), np.float16)
    envelope[np.round((onset_times + 0.25) * RATE).astype(int)] = 1
    kept = {
        "notes": np.c_[onset_times, onset_times + 0.1, np.full((40, 2), 60.0)],
        "time_map": np.array([[0.0, changes.get("lag", 0.25)]]),
        "measured": np.array([[0.0, 0.25]]) if changes.get("measured_lag", 0.25) is not None else np.zeros((0, 2)),
        "residuals": np.array([[3.0, 0.001], [11.0, -0.02], [15.0, 0.01]]),
        "heard": envelope,
    }
    dataset.raw_audio.write(track, "0", Stored(raw_audio_record(track, labels={"notes": NOTES})))
    measurements = asdict(alignment_measurements(**MEASURED | changes))
    dataset.labels.write(track, "0", Stored(labels_record(track, n_notes=40, **measurements), kept))


def refuse(dataset: DatasetStore, track: str, reason: str = "Expected more.", picture: bytes | None = PNG) -> None:
    dataset.raw_audio.write(track, "0", Stored(raw_audio_record(track, labels={"notes": NOTES})))
    dataset.quarantine.put(QuarantineRow(track, "labels", reason))
    if picture:
        dataset.quarantine.put_picture("labels", track, picture)


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path / "store"), "some")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that take no time."""
    monkeypatch.setattr(alignments, "figures", lambda rows, refused: {"lags": PNG, "confidence": PNG} if rows else {})
    monkeypatch.setattr(alignments, "_overlay", lambda dataset, row: PNG)


def page_of(dataset: DatasetStore) -> str:
    return Path(AlignmentPage(dataset.objects, dataset.name).address).read_text(encoding="utf-8")


def read(dataset: DatasetStore) -> Reader:
    """The page; the comment with its fingerprint and the doctype are no text."""
    return Reader(page_of(dataset))


# The page


@pytest.mark.usefixtures("undrawn")
def test_the_twelve_worst_are_shown_and_the_worst_first(dataset: DatasetStore) -> None:
    ranks = np.random.default_rng(0).permutation(15)
    for rank in ranks:
        confidence = 0.9 if rank >= 10 else 0.5 + 0.01 * rank  # From the tenth on, the residual decides.
        keep(dataset, f"t{rank:02d}", confidence=confidence, evidence={"residual": 0.05 - 0.003 * rank})
    shown = alignments.update_page(dataset)
    expected = [f"t{rank:02d}" for rank in range(12)]
    page = read(dataset)
    assert [image["alt"] for image in page.of("img")] == ["lags", "confidence", *expected]
    assert [row["track"] for row in shown.worst] == expected
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.of("img"))
    assert "15 tracks accepted · 0 in quarantine" in page.text
    assert "No track was left out" in page.text


@pytest.mark.usefixtures("undrawn")
def test_the_summary_has_medians_and_extremes_by_method(dataset: DatasetStore) -> None:
    for track, method, lag, residual in (("a", "dtw", -0.5, 0.02), ("b", "correlation", 0.25, 0.004),
                                         ("c", "dtw", 0.1, 0.01), ("d", "dtw", 12.0, 0.03)):  # fmt: skip
        keep(dataset, track, method=method, lag=lag, measured_lag=lag, evidence={"residual": residual})
    alignments.update_page(dataset)
    text = read(dataset).text
    assert "correlation 1 250.0 ms 1.0100 4.0 ms 0.80 dtw 3 100.0 ms [−500.0 ms, 12.00 s]" in text
    assert "20.0 ms [10.0 ms, 30.0 ms]" in text
    assert "Tracks below 0.3 go to quarantine" in text


@pytest.mark.usefixtures("undrawn")
def test_a_track_in_quarantine_is_there_with_its_reason_and_its_picture(dataset: DatasetStore) -> None:
    keep(dataset, "good")
    refuse(dataset, "wrong pair", "Expected an alignment with confidence 0.30 or more.")
    refuse(dataset, "no midi", "Expected notes.", picture=None)
    alignments.update_page(dataset)
    page = read(dataset)
    (image,) = [image for image in page.of("img") if image["alt"] == "wrong pair"]
    assert base64.b64decode(image["src"].partition(",")[2]) == PNG
    assert "wrong pair Expected an alignment with confidence 0.30 or more." in page.text
    assert "no midi Expected notes." in page.text
    assert "no midi" not in [image["alt"] for image in page.of("img")]


@pytest.mark.usefixtures("undrawn")
def test_pictures_of_the_quarantine_are_limited_and_the_page_has_the_path_of_the_others(dataset: DatasetStore) -> None:
    for n in range(25):
        refuse(dataset, f"t{n:02d}")
    assert alignment_metadata(alignments.update_page(dataset)).keys() == {"worst", "page"}
    page = read(dataset)
    assert [image["alt"] for image in page.of("img")] == [f"t{n:02d}" for n in range(12)]
    assert "13 more pictures lie in datasets/some/quarantine-pictures/labels" in page.text
    assert page.text.count("Expected more.") == page.text.count("t00 and 24 others t01, t02, ") == 1
    assert "No track was accepted" in page.text


def test_exact_labels_are_shown_as_measured_and_not_applied(dataset: DatasetStore) -> None:
    keep(dataset, "exact", method="none", lag=0.0, threshold=0.0, confidence=0.1)
    unmeasured = {"measured_lag": None, "tempo_ratio": None, "confidence": 0.0, "evidence": {"residual": 0.0}}
    keep(dataset, "silent", method="none", lag=0.0, threshold=0.0, **unmeasured)
    alignments.update_page(dataset)
    page = read(dataset)
    assert "none measured, not applied 1 could not be measured 2 250.0 ms" in page.text
    assert [image["alt"] for image in page.of("img")] == ["lags", "confidence", "exact"]
    assert "go to quarantine" not in page.text
    exact, silent = (alignments.stored_alignment(dataset, row) for row in alignments.alignment_rows(dataset))
    assert (exact.time_map(1.0), exact.measured(1.0), silent.measured) == (1.0, 1.25, None)


@pytest.mark.usefixtures("undrawn")
def test_whatever_comes_from_a_corpus_is_escaped(dataset: DatasetStore) -> None:
    keep(dataset, EVIL)
    refuse(dataset, EVIL * 2, EVIL)
    alignments.update_page(dataset)
    assert "<script" not in page_of(dataset)
    assert not re.search(r"url\(|@import|https?:", page_of(dataset))
    assert not read(dataset).of("script")


# When it is written


def test_the_page_is_a_function_of_the_store(dataset: DatasetStore, tmp_path: Path) -> None:
    other = open_dataset(str(tmp_path / "other"), "some")
    for store, tracks in ((dataset, "abc"), (other, "cab")):
        for track in tracks:
            keep(store, track)
        refuse(store, "bad")
        alignments.update_page(store)
    assert page_of(dataset) == page_of(other)


@pytest.mark.usefixtures("undrawn")
def test_the_page_is_rewritten_when_something_changed_and_only_then(dataset: DatasetStore) -> None:
    keep(dataset, "a")
    refuse(dataset, "bad")
    path = Path(AlignmentPage(dataset.objects, "some").address)
    changes = (
        lambda: keep(dataset, "b"),
        lambda: refuse(dataset, "bad", "Expected something else."),
        lambda: refuse(dataset, "bad", "Expected something else.", PNG + b"other"),
        lambda: dataset.quarantine.lift("labels", "bad"),
        lambda: dataset.labels.keep_only({"a": "0"}),
    )
    alignments.update_page(dataset)
    for change in changes:
        inode, before = path.stat().st_ino, page_of(dataset)
        alignments.update_page(dataset)
        assert path.stat().st_ino == inode, "nothing had changed"
        change()
        alignments.update_page(dataset)
        assert page_of(dataset) != before


@pytest.mark.usefixtures("undrawn")
def test_a_dataset_without_notes_has_no_page(dataset: DatasetStore) -> None:
    keep(dataset, "a")
    alignments.update_page(dataset)
    dataset.objects.delete("datasets/some/raw_audio")
    dataset.objects.delete("datasets/some/labels")
    dataset.raw_audio.write("g", "0", Stored(raw_audio_record("g")))
    dataset.labels.write("g", "0", Stored(labels_record("g")))
    assert alignments.update_page(dataset) is None
    assert not AlignmentPage(dataset.objects, "some").exists
    assert alignments.update_page(dataset) is None


def test_records_of_an_older_version_are_left_out(dataset: DatasetStore) -> None:
    dataset.labels.write("old", "0", Stored(labels_record("old", method="correlation", lag=0.1, measured_lag=0.1)))
    keep(dataset, "new")
    assert [row["track"] for row in alignments.alignment_rows(dataset)] == ["new"]


# In a run


def test_a_prepared_dataset_has_its_page(at_home: Prepared) -> None:
    store = open_dataset(str(at_home.store), "tiny")
    before = page_of(store)
    assert len(read(store).of("img")) == 2 + 6
    unchanged = alignments.update_page(store)
    assert unchanged is not None
    assert unchanged.pictures == {}, "nothing is drawn that no page needs"
    assert page_of(store) == before
    AlignmentPage(store.objects, "tiny").delete()
    summary = alignments.update_page(store)
    shown = alignment_metadata(summary)
    assert page_of(store) == before
    assert shown["page"].value == AlignmentPage(store.objects, "tiny").address
    assert len(shown["lags"].value) + len(shown["confidence"].value) < 100_000, "every event holds them"


def test_what_is_stored_draws_the_alignment_that_was_found(at_home: Prepared) -> None:
    store, params = open_dataset(str(at_home.store), "tiny"), correlation.Params()
    (row,) = [row for row in alignments.alignment_rows(store) if row["track"] == "waltz"]
    y, _ = audio.read_mono(at_home.corpus / "waltz.wav", audio.FULL)
    found = correlation.align(y, midi.read(at_home.corpus / "waltz.mid").notes, params)
    stored = alignments.stored_alignment(store, row)
    np.testing.assert_allclose(stored.audio_curve, found.audio_curve, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(stored.time_map.knots, found.time_map.knots)
    np.testing.assert_array_equal(stored.measured.knots, found.measured.knots)
    np.testing.assert_array_equal(stored.residuals, found.residuals)
    np.testing.assert_allclose(stored.onset_times, found.onset_times)
    assert (stored.frame_rate, stored.evidence, stored.n_notes) == (found.frame_rate, found.evidence, 60)
    assert (row["threshold"], row["tempo_ratio"]) == (params.confidence_threshold, 1.0)
    limits = [each.axes[0].get_xlim() for each in (overlay(stored, "waltz"), overlay(found, "waltz"))]
    assert limits[0] == limits[1]


def test_too_many_wrong_pairs_fail_the_run_and_the_page_shows_them(home: Path, tmp_path: Path) -> None:
    write_track(tmp_path / "corpus" / "right", 0)
    write_track(tmp_path / "corpus" / "wrong", 1)
    (tmp_path / "corpus" / "wrong.mid").write_bytes(midi.encode(notes_of(77)))
    with pytest.raises(MirlitonError, match="1 of 2, the first wrong"):
        prepare("pairs", tmp_path / "corpus", max_quarantined=0.2)
    page = read(open_dataset(str(home / "store"), "pairs"))
    assert [image["alt"] for image in page.of("img")] == ["lags", "confidence", "right", "wrong"]
    assert "check that the MIDI file belongs to this recording" in page.text


def test_the_summary_of_a_dataset_names_the_page(
    at_home: Prepared, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from pipelines.cli.main import main

    monkeypatch.setattr(sys, "argv", ["mirliton", "datasets", "tiny"])
    with pytest.raises(SystemExit):
        main()
    assert str(at_home.store / "datasets/tiny/alignment.html") in capfd.readouterr().out


@pytest.mark.usefixtures("undrawn")
def test_a_report_links_the_pages_of_its_datasets(dataset: DatasetStore) -> None:
    keep(dataset, "a")
    alignments.update_page(dataset)
    without = DatasetStore(dataset.objects, "classes")
    report = ReportStore(dataset.objects, "piano_transcription", "lstm")
    links = notes._pages(SimpleNamespace(stores={"some": dataset, "classes": without}), report)
    assert list(links) == ["Alignment of some"]
    assert (Path(report.page).parent / links["Alignment of some"]).resolve() == Path(
        AlignmentPage(dataset.objects, "some").address
    )


# Figures


def found(**changes: Any) -> Alignment:
    onset_times = np.arange(1.0, 60.0, 0.5)
    base = Alignment(
        method="drift",
        time_map=TimeMap.line(2.0, 1.1),
        measured=TimeMap.line(2.0, 1.1),
        lag=2.1,
        measured_lag=2.1,
        confidence=0.7,
        evidence=Evidence(transposition=2, residual=0.01),
        residuals=np.array([[10.0, 0.01], [40.0, -0.09], [57.0, 0.02]]),
        n_notes=len(onset_times),
        lags=np.zeros(0),
        correlation=np.zeros(0),
        audio_curve=np.random.default_rng(0).random(7000).astype(np.float32),
        onset_times=onset_times,
        frame_rate=RATE,
    )
    return replace(base, **changes)


def test_the_excerpt_lies_where_the_residual_is_largest() -> None:
    before, after, residuals = overlay(found(), "t").axes
    centre = 2.0 + 1.1 * 40
    assert before.get_xlim() == after.get_xlim() == pytest.approx((centre - SECONDS / 2, centre + SECONDS / 2))
    assert "fits best +2 semitones away" in before.get_title(loc="left")
    (points,) = [line for line in residuals.lines if len(line.get_xdata()) == 3]
    np.testing.assert_allclose(points.get_xdata(), [13.0, 46.0, 64.7])
    np.testing.assert_allclose(points.get_ydata(), [10, -90, 20])


def test_the_excerpt_stays_inside_the_recording() -> None:
    outside = np.array([[0.0, 0.001], [90.0, 0.5]])
    early = overlay(found(residuals=outside), "t")
    assert early.axes[0].get_xlim() == pytest.approx((0, SECONDS))
    assert early.axes[2].get_ylim()[1] < 100, "what lies outside has no part in the scale"
    late = np.array([[61.5, 0.1]])
    assert overlay(found(residuals=late), "t").axes[0].get_xlim() == pytest.approx((70 - SECONDS, 70))
    middle = 2.0 + 1.1 * np.median(found().onset_times)
    without = overlay(found(residuals=np.zeros((0, 2))), "t")
    assert np.mean(without.axes[0].get_xlim()) == pytest.approx(middle, abs=1e-6)
    assert len(without.axes) == 2


def test_labels_stand_where_they_are_written_and_where_they_are_mapped() -> None:
    figure = overlay(found(), "t")
    for axes, times in zip(figure.axes, (found().onset_times, 2.0 + 1.1 * found().onset_times), strict=False):
        (lines,) = [each for each in axes.collections if each.get_label() == "onsets of the labels"]
        low, high = axes.get_xlim()
        drawn = sorted(segment[0, 0] for segment in lines.get_segments())
        np.testing.assert_allclose(drawn, times[(times >= low) & (times <= high)])


def test_confidence_stands_over_residual_by_method() -> None:
    rows = [
        {"method": "correlation", "residual": 0.002, "confidence": 0.9, "threshold": 0.3},
        {"method": "correlation", "residual": 0.2, "confidence": 0.1, "threshold": 0.3},
        {"method": "none", "residual": 0.0, "confidence": 0.1, "threshold": 0.0},
        {"method": "a method of tomorrow", "residual": 0.01, "confidence": 0.5, "threshold": 0.4},
    ]
    (axes,) = confidence_against_residual(rows).axes
    drawn = {each.get_label(): each.get_offsets().tolist() for each in axes.collections}
    assert drawn == {
        "correlation (1)": [[2.0, 0.9]],
        "correlation, below its threshold (1)": [[200.0, 0.1]],
        "none (1)": [[0.1, 0.1]],
        "a method of tomorrow (1)": [[10.0, 0.5]],
    }
    assert [line.get_ydata()[0] for line in axes.lines] == [0.3, 0.4]
    low, high = axes.get_xlim()
    assert axes.get_xscale() == "log"
    assert low < 0.1 < 200 < high


@pytest.mark.parametrize("residuals", [[], [0.0], [0.003] * 3])
def test_the_axis_of_residuals_spans_a_decade(residuals: list[float]) -> None:
    rows = [{"method": "none", "residual": each, "confidence": 0.5, "threshold": 0.0} for each in residuals]
    figure = confidence_against_residual(rows)
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    assert high / low >= 10 * (1 - 1e-9)


def test_small_formats() -> None:
    assert (ms(None), ms(-0.0123), ms(9.99), ms(-12.5)) == ("–", "−12.3 ms", "9990.0 ms", "−12.50 s")
    assert (ratio(None), ratio(1.00314)) == ("–", "1.0031")
    assert (spread(None, "ms"), spread((1, 1, 1), "ratio")) == ("", "")
    assert spread((0.1, 0.5, 0.9), "share") == "[0.10, 0.90]"
