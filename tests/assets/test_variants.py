"""Variants: made before the features, of train and nothing else, with labels that move, and made again when stale."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from assets import checks
from assets.preparation.variants import params_of, read_audio
from mir_models.alignment import correlation
from mir_models.augmentation import variants as recipes
from mir_models.errors import MirlitonError
from mir_models.notes.time_map import TimeMap
from pipelines.cli import add
from storage.corpora.listing import recording_of, variant_id
from storage.corpora.registrations import Registration
from storage.examples import track_shards
from storage.fingerprints import slug
from storage.media import audio
from storage.staleness.changes import stale_tracks
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import SR, WORKS, files_below, write_track
from tests.storage.track_records import raw_audio_record, variant_record
from tests.synthetic_piano import piece, recording

ALL = "detuning,time_stretch,equaliser,reverb,noise"
CHANGED = {
    "background": {"hum": 0.9},
    "codec": {"highest_limit": 9000.0},
    "compression": {"most_ratio": 9.0},
    "gain": {"lowest_peak": -50.0},
    "microphone": {"most_poles": 2},
    "room": {"longest": 0.5},
}
"""A setting that differs from its default, by augmentation."""
STAGES = ("raw_audio", "variants", "labels", "features/cqt", "shards/cqt")


def store_of(home: Path, name: str = "tiny") -> DatasetStore:
    return open_dataset(str(home / "store"), name)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Six recordings; four train."""
    for seed, work in enumerate(WORKS):
        write_track(tmp_path / "corpus" / work, seed)
    return tmp_path / "corpus"


@pytest.fixture(scope="module")
def varied_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Six recordings and a home in which they were prepared with one variant each."""
    from tests.conftest import prepare, settle

    corpus, folder = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("once")
    for seed, work in enumerate(WORKS):
        write_track(corpus / work, seed)
    with pytest.MonkeyPatch.context() as patch:
        settle(folder, patch)
        prepare("tiny", corpus, variants=1)
    return corpus, folder


@pytest.fixture
def once(varied_once: tuple[Path, Path], home: Path, tmp_path: Path) -> Iterator[Path]:
    """The home of `varied_once` as this test's own; its recordings, which are put back afterwards."""
    corpus, made = varied_once
    shutil.copytree(made, home, dirs_exist_ok=True)
    shutil.copytree(corpus, tmp_path / "kept")
    yield corpus
    shutil.rmtree(corpus)
    shutil.copytree(tmp_path / "kept", corpus)


@pytest.fixture(scope="module")
def varied(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    """The tiny corpus, prepared with two variants of each recording in train; tests leave it as it is."""
    from tests.conftest import prepare, settle

    folder = tmp_path_factory.mktemp("varied")
    with pytest.MonkeyPatch.context() as patch:
        settle(folder, patch)
        prepare("tiny", tiny_corpus, variants=2, augmentation={"share": 1.0})
    return store_of(folder)


def of_split(dataset: DatasetStore, split: str) -> list[str]:
    return [record.track for record in dataset.raw_audio.records() if record.split == split]


def test_train_has_variants_and_no_other_split_has(varied: DatasetStore) -> None:
    sources = of_split(varied, "train")
    assert len(sources) == 4
    expected = {variant_id(track, number) for track in sources for number in (1, 2)}
    assert {record.track for record in varied.variants.records()} == expected
    for stage in ("features/cqt", "shards/cqt"):
        assert {record.track for record in varied.stage(stage).records()} == expected | set(WORKS)
    assert {record.track for record in varied.raw_audio.records()} == set(WORKS)
    assert {record.track for record in varied.labels.records()} == set(WORKS)
    split_of = {track.track: track.split for track in track_shards.tracks(varied, "cqt")}
    assert {split_of[track] for track in expected} == {"train"}
    assert {track for track, split in split_of.items() if split != "train"} == set(WORKS) - set(sources)


def test_what_is_kept_of_a_variant(varied: DatasetStore) -> None:
    raw = {record.track: record for record in varied.raw_audio.records()}
    contents = set()
    for record in varied.variants.records():
        source = raw[record.source]
        assert (record.work, record.classes, record.split) == (source.work, source.classes, source.split)
        assert record.source_content == source.content
        assert record.applied == ALL.split(",")
        contents.add(record.content)
    assert len(contents) == 8


def test_the_notes_of_a_variant_sound_where_its_shards_have_them(varied: DatasetStore) -> None:
    """The sound that is stored, against the onsets that are drawn, and against the notes of its source unmoved."""
    audio_tracks = {each.track: each for each in varied.audio_tracks()}
    labels = varied.labels.fingerprints()
    for record in varied.variants.records():
        track = record.track
        y, sr = read_audio(audio_tracks[track], varied.address)
        assert (sr, len(y) / sr) == (SR, record.duration)
        played, _ = note_arrays.read(varied.labels, record.source, labels[slug(record.source)])
        moved = note_arrays.move_to_variant(played, varied.variants, track, audio_tracks[track].fingerprint)
        found = correlation.align(y, moved, correlation.Params())
        assert found.confidence > 0.5
        assert abs(found.lag) < 0.005
        drawn = varied.shards("cqt").arrays(track, varied.shards("cqt").fingerprints()[slug(track)])
        onsets = np.asarray(drawn["onset"][...]).reshape(-1, 88)
        written = np.unique(np.round(moved.onset_times * SR / 512).astype(int))
        np.testing.assert_array_equal(np.flatnonzero(onsets.any(axis=1)), written)


def test_a_second_run_makes_nothing_and_a_killed_one_goes_on(
    once: Path, home: Path, preparing: Callable[..., Any]
) -> None:
    before = files_below(home / "store")
    result = preparing("tiny", once, variants=1)
    assert made(result, "variants") == (0, 4)
    assert files_below(home / "store") == before
    dataset = store_of(home)
    lost = sorted(dataset.variants.held())[0]
    dataset.objects.delete(f"datasets/tiny/variants/{lost}")
    assert made(preparing("tiny", once, variants=1), "variants") == (1, 3)
    assert files_below(home / "store") == before, "the same bytes again"


def test_what_changes_is_made_again_and_what_is_not_registered_goes(
    once: Path, home: Path, preparing: Callable[..., Any]
) -> None:
    dataset = store_of(home)
    first, *_ = of_split(dataset, "train")
    kept = {record.track: record.content for record in dataset.variants.records()}
    write_track(once / first, 99)
    assert made(preparing("tiny", once, variants=1), "variants") == (1, 3)
    now = {record.track: record.content for record in dataset.variants.records()}
    assert {track for track in now if now[track] != kept[track]} == {variant_id(first, 1)}
    assert made(preparing("tiny", once, variants=1, augmentation={"seed": 1}), "variants") == (4, 0)
    assert made(preparing("tiny", once, variants=2, augmentation={"seed": 1}), "variants") == (4, 4)
    preparing("tiny", once)
    assert not dataset.variants.held()
    assert {record.track for record in dataset.shards("cqt").records()} == set(WORKS)


def test_a_recording_that_leaves_train_loses_its_variants(
    once: Path, home: Path, preparing: Callable[..., Any]
) -> None:
    dataset = store_of(home)
    before = set(of_split(dataset, "train"))
    preparing("tiny", once, variants=1, split_seed=3)
    after = set(of_split(dataset, "train"))
    assert before != after
    assert {record.source for record in dataset.variants.records()} == after
    left = {record.track for record in dataset.shards("cqt").records() if recording_of(record.track) not in after}
    assert left == set(WORKS) - after


def test_a_recording_that_cannot_be_read_any_more_is_quarantined_under_its_variant(
    corpus: Path, home: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vary = recipes.vary

    def broken(y: np.ndarray, sr: int, params: Any, rng: np.random.Generator) -> Any:
        made = vary(y, sr, params, rng)
        if len(calls) == 0:
            calls.append(1)
            raise ValueError("no more of this")
        return made

    calls: list[int] = []
    monkeypatch.setattr(recipes, "vary", broken)
    preparing("tiny", corpus, variants=1, max_quarantined=0.5)
    dataset = store_of(home)
    (row,) = dataset.quarantine.rows()
    assert (row.stage, row.track in {variant_id(work, 1) for work in WORKS}) == ("variants", True)
    assert "no more of this" in row.reason
    assert len(dataset.shards("cqt").records()) == 6 + 3


def test_stale_variants_and_what_was_made_of_them_are_named(
    once: Path, home: Path, preparing: Callable[..., Any]
) -> None:
    dataset = store_of(home)
    assert not any(stale_tracks(dataset, stage) for stage in STAGES[1:])
    first, *_ = of_split(dataset, "train")
    (name,) = (each for each in dataset.raw_audio.held() if each.startswith(f"{slug(first)}@"))
    record = dataset.raw_audio.record(first, name.rsplit("@", 1)[1])
    arrays = {key: np.asarray(each[...]) for key, each in dataset.raw_audio.arrays(first, name.rsplit("@")[1]).items()}
    from storage.tracks.arrays import Stored

    dataset.raw_audio.write(first, "0" * 16, Stored(replace(record, content="f" * 64), arrays), instead_of=[name])
    assert stale_tracks(dataset, "variants") == [variant_id(first, 1)]
    assert stale_tracks(dataset, "features/cqt") == [first]
    assert stale_tracks(dataset, "shards/cqt") == sorted([first, variant_id(first, 1)])


def test_a_variant_outside_of_train_blocks() -> None:
    recordings = [raw_audio_record("a"), raw_audio_record("b", split="test")]
    fine = variant_record("a~variant-1", "a")
    for wrong in (
        variant_record("b~variant-1", "b", split="test"),
        variant_record("b~variant-1", "b"),
        variant_record("c~variant-1", "c"),
    ):
        assert checks.of_variants([fine], recordings)[0].passed
        (check,) = checks.of_variants([fine, wrong], recordings)
        assert not check.passed
        assert check.severity.value == "ERROR"
    assert {spec.name for spec in checks.specs("variants", checks.VARIANTS) if spec.blocking} == {"variants_only_train"}


def test_the_summary_and_the_commands(
    corpus: Path, home: Path, preparing: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.cli.main import app

    monkeypatch.setenv("COLUMNS", "160")
    run = CliRunner().invoke
    given = ["add", "tiny", "--loader", "folder", "--root", str(corpus), "--variants", "1"]
    refused = run(app, [*given, "--augment", "noise.loudness=3"])
    assert refused.exit_code
    assert "noise.lowest_snr" in f"{refused.output}{refused.exception}"
    refused = run(app, [*given, "--augment", "chain=noise,nosie"])
    assert "nosie" in f"{refused.output}{refused.exception}"
    assert run(app, [*given, "--augment", "chain=noise", "--augment", "noise.lowest_snr=20"]).exit_code == 0
    preparing("tiny", corpus, variants=1, augmentation={"chain": "noise", "noise": {"lowest_snr": 20.0}})
    output = run(app, ["datasets", "tiny"]).output
    assert "variants: 1 of each recording in train; 4 made, 0.01 h (noise 4)" in output
    assert "There should be" not in output
    (line,) = [line for line in output.splitlines() if "│ variants" in line]
    assert line.replace("│", " ").split() == ["variants", "4", "0", "0", "0"]


def test_the_recordings_stay_as_they_were_with_variants_or_without(varied: DatasetStore, at_home: Any) -> None:
    """Nothing of validation and test, nor of the recordings themselves, depends on variants."""
    plain, other = (files_below(Path(each) / "datasets/tiny") for each in (at_home.store, varied.objects.address))
    shared = {path: content for path, content in other.items() if "~variant-" not in path and "variants" not in path}
    for path, content in plain.items():
        if path.endswith(".records.json") or "variants" in path or "/cqt_" in f"/{path}":  # Only of cqt are there both.
            continue
        assert shared[path] == content, path


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_a_recipe_is_reproducible_and_applies_at_least_one(seed: int) -> None:
    y, params = recording()[: 3 * SR], recipes.Params(share=0.01)
    one, again = (recipes.vary(y, SR, params, np.random.default_rng(seed)) for _ in range(2))
    assert len(one.applied) >= 1
    np.testing.assert_array_equal(one.y, again.y)
    np.testing.assert_array_equal(one.time_map.knots, again.time_map.knots)


@pytest.mark.parametrize("preset", recipes.PRESETS)
@pytest.mark.parametrize("seed", range(4))
def test_a_full_chain_keeps_labels_true(preset: str, seed: int) -> None:
    params = replace(recipes.PRESETS[preset], share=1.0)
    made = recipes.vary(recording(), SR, params, np.random.default_rng(seed))
    assert list(made.applied) == params.names
    found = correlation.align(made.y, made.time_map.moved(piece(1)), correlation.Params())
    assert found.confidence > 0.9
    assert abs(found.lag) < 0.005


@given(
    st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5),
    st.lists(st.floats(0.1, 3.0), min_size=1, max_size=5),
    st.floats(-2, 2),
)
def test_maps_one_after_the_other_are_one_map(first: list[float], second: list[float], lag: float) -> None:
    one, other = (
        TimeMap(np.c_[np.arange(len(steps) + 1.0), lag + np.r_[0.0, np.cumsum(steps)]]) for steps in (first, second)
    )
    times = np.linspace(-3, 12, 200)
    np.testing.assert_allclose(one.then(other)(times), other(one(times)), atol=1e-6)
    np.testing.assert_allclose(TimeMap.shift(lag).then(one)(times), one(times + lag), atol=1e-6)


def test_packed_sound_comes_back() -> None:
    y = recording()[:SR]
    back, sr = audio.decode_flac(audio.encode_flac(y, SR))
    assert sr == SR
    np.testing.assert_allclose(back, y, atol=1.1 / 2**15)


def test_a_preset_is_whole_settings_and_single_ones_replace_its_own() -> None:
    augmentation = add.parse_augmentation(["preset=real_rooms", "gain.lowest_peak=-40", "share=0.9"], 1)
    assert augmentation == {"preset": "real_rooms", "gain": {"lowest_peak": -40}, "share": 0.9}
    params = params_of(Registration("rooms", "folder", "", variants=1, augmentation=augmentation))
    named = recipes.preset("real_rooms")
    assert params == replace(named, share=0.9, gain=replace(named.gain, lowest_peak=-40))
    assert params_of(Registration("plain", "folder", "", variants=1)) == recipes.Params()
    with pytest.raises(MirlitonError, match=r"Received: 'rooms'\. Remedy: did you mean real_rooms\? Else choose"):
        add.parse_augmentation(["preset=rooms"], 1)
    with pytest.raises(MirlitonError, match=r"reverb in the chain of variants"):
        add.parse_augmentation(["preset=real_rooms", "reverb.longest=2.0"], 1)


@pytest.mark.parametrize("name", recipes.ADDED_LATER)
def test_a_variant_is_made_with_the_settings_of_its_chain(name: str) -> None:
    """A setting of an augmentation that came later leaves variants without it as they are."""
    plain, with_it = recipes.Params(), recipes.Params(chain=f"noise,{name}")
    other = replace(getattr(plain, name), **CHANGED[name])
    assert replace(plain, **{name: other}).ingredients == plain.ingredients
    assert replace(with_it, **{name: other}).ingredients != with_it.ingredients


@pytest.mark.parametrize("wrong", [{"chain": "echo"}, {"share": 0.0}, {"sr": 3}])
def test_a_recipe_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MirlitonError, match="Remedy"):
        recipes.Params(**wrong)


def made(result: Any, stage: str) -> tuple[int, int]:
    """Tracks that a stage made, and that it kept."""
    (event,) = (each for each in result.asset_materializations_for_node(stage))
    return event.metadata["made"].value, event.metadata["up_to_date"].value


def test_a_plan_counts_the_recordings_whose_variants_are_missing(varied: DatasetStore, tiny_corpus: Path) -> None:
    from pipelines.estimate.dry_run import dry_run
    from storage.corpora.registrations import Registration

    def missing(n: int) -> dict[str, set[str]]:
        registered = Registration("tiny", "folder", str(tiny_corpus), variants=n, augmentation={"share": 1.0})
        return dry_run(registered, varied, ["cqt"]).missing

    assert not any(missing(2).values())
    train = set(of_split(varied, "train"))
    none = {"raw_audio": set(), "labels": set()}
    assert missing(3) == {**none, "variants": train, "features/cqt": train, "shards/cqt": train}


@pytest.mark.parametrize(
    ("pairs", "variants", "message"),
    [
        (["chain=noise"], 0, r"Expected --variants 1 or more, to --augment\. Received: none\."),
        (["chain=reverb", "noise.lowest_snr=20"], 1, r"Remedy: add it to the chain: --augment chain=reverb,noise\."),
    ],
)
def test_augmentation_that_would_do_nothing_is_refused(pairs: list[str], variants: int, message: str) -> None:
    with pytest.raises(MirlitonError, match=message):
        add.parse_augmentation(pairs, variants)
