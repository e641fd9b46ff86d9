"""Reproduction of a training: its data and settings again, by its seed and others; is its score like theirs?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from assets.training.dataset_shards import DatasetStores
from assets.training.recipe import Recipe, open_recipe
from assets.training.recorded_settings import settings_of
from assets.training.tracking import Tracking
from assets.training.train import train
from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.seed_band import prediction_band
from mir_models.training.fit import free_networks
from storage import progress
from storage.examples.track_shards import digests, tracks
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.objects.objects import Objects

Verdict = Literal["equal", "within", "outside", "unknown"]


@dataclass(frozen=True)
class Reproduction:
    """The score of a training beside those of trainings with the same data and settings.

    Attributes
    ----------
    measure : str
        The validation score that is compared, of the best epoch.
    original : float
    by_seed : dict of int to float
        Scores of the new trainings; the first seed is that of the original.
    changed : list of str
        What the code has another version of, e.g. ``"training 3, now 4"``.
    """

    measure: str
    original: float
    by_seed: dict[int, float]
    changed: list[str] = field(default_factory=list)

    @property
    def band(self) -> tuple[float, float] | None:
        """Of the new trainings: `mir_models.evaluation.metrics.seed_band.prediction_band`."""
        return prediction_band(list(self.by_seed.values()))

    @property
    def verdict(self) -> Verdict:
        """``"equal"`` to that of its own seed, within the band or outside of it; unknown of too few seeds."""
        if next(iter(self.by_seed.values())) == self.original:
            return "equal"
        if self.band is None:
            return "unknown"
        low, high = self.band
        return "within" if low <= self.original <= high else "outside"


def unprepared_datasets(store: DatasetStores, record: ModelRecord) -> list[str]:
    """The datasets of a training that have no shards of its features any more, or none yet in this store."""
    return [name for name in record.datasets if not tracks(store.dataset(name), record.preset)]


def recorded_recipe(store: DatasetStores, record: ModelRecord) -> Recipe:
    """The recipe of a finished training with the data as they are now; see `settings_of` and `check_data`."""
    return open_recipe(store, record.architecture, cast(Any, settings_of(record)), record.datasets, record.weights)


def changed_datasets(recipe: Recipe, record: ModelRecord) -> list[str]:
    """The datasets whose shards are others than those that a training read, by their digests."""
    found = digests([*recipe.data.split("train"), *recipe.data.split("validation")])
    return sorted(name for name in {*found, *record.shards} if found.get(name) != record.shards.get(name))


def check_data(recipe: Recipe, record: ModelRecord) -> None:
    """Raise where the data are others than those that a training read.

    Raises
    ------
    MirlitonError
        Names the datasets.
    """
    if recipe.data.fingerprint("train", "validation") == record.data:
        return
    names = changed_datasets(recipe, record) or list(record.datasets)
    received = f"others of {', '.join(names)}: recordings, labels, splits or their settings have changed since"
    remedy = f"restore them and mirliton backfill {' '.join(names)}, or train anew and compare that"
    raise MirlitonError(f"the data of fingerprint {record.data}", received=received, remedy=remedy)


def reproduce(recipe: Recipe, record: ModelRecord, objects: Objects, home: Path, n_seeds: int) -> Reproduction:
    """Train again, with the seed of a training and with so many others; what is there already is kept.

    Parameters
    ----------
    recipe : Recipe
        See `recorded_recipe`.
    record : ModelRecord
        Of the training.
    objects : Objects
        Where the new trainings lie, apart from the models of the task.
    home : Path
        ``MIRLITON_HOME``.
    n_seeds : int
        Beside its own.
    """
    check_data(recipe, record)
    measure = recipe.task.monitor(recipe.heads)
    by_seed = {}
    for seed in _seeds(recipe.training.seed, n_seeds):
        again = _trained(replace(recipe, training=replace(recipe.training, seed=seed)), record, objects, home)
        by_seed[seed] = _score(again, measure)
        progress.report(f"reproduction of {record.run_id}", len(by_seed), n_seeds + 1, f"{by_seed[seed]:.4f}")
        free_networks()
    now = recipe.versions
    changed = [f"{part} {record.versions[part]}, now {now[part]}" for part in now if _is_other(record, part, now[part])]
    return Reproduction(measure, _score(record, measure), by_seed, changed)


def _is_other(record: ModelRecord, part: str, version: int) -> bool:
    return record.versions.get(part, version) != version


def _seeds(own: int, n_others: int) -> Sequence[int]:
    return [own, *_others(own, n_others)]


def _others(own: int, n_others: int) -> Iterator[int]:
    yield from [seed for seed in range(n_others + 1) if seed != own][:n_others]


def _trained(recipe: Recipe, record: ModelRecord, objects: Objects, home: Path) -> ModelRecord:
    """The record of one of the new trainings; nothing else of it is kept."""
    seed, name = recipe.training.seed, f"{record.run_id}/{recipe.fingerprint}"
    training = Training(objects, f"reproductions/{name}", name.replace("/", "-"))
    tracking = Tracking(
        name=f"seed {seed}",
        parent=record.run_id,
        tags={"reproduces": record.run_id, "seed": str(seed)},
        registers=False,
    )
    with training.locked(home):
        finished = training.record()
        if finished is None:
            finished = train(recipe, training, home, tracking=tracking)
            training.keep_record_only()
    return finished


def _score(record: ModelRecord, measure: str) -> float:
    """Of the epoch that was kept."""
    return float(record.history[record.best_epoch or 0][measure])
