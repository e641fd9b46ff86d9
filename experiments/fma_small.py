"""Genre recognition on FMA small, as a table: ``python -m experiments.fma_small ROOT --out OUT``.

ROOT holds ``fma_metadata`` and ``fma_small`` as the corpus is published (``mirliton download fma``). The corpus is
registered and prepared in a home below OUT, every network is trained through the product's graph once per seed and
evaluated, and the reports' predictions of the test tracks become one table: the references as their notebooks have them
(the first 640 frames of a clip), three segments of a clip instead of one, windows of the product's default, the
ensemble of both references (the mean of their probabilities), the modern network, and the baselines of every report.
Validation accuracy of the epoch that is kept is given besides test accuracy: they are not the same, and only the second
one counts.

By default tracks are divided as the corpus' owners did, artists kept apart; ``--splits official song`` adds
the table of a split that does not. Existing results are kept.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

import experiments.fma_small
from experiments import command_line
from experiments.tables import markdown_table
from experiments.trials import OnProgress, Result, Results, Trial, complete, read_results, trials_by_seed
from mir_models.architectures import ARCHITECTURES, ClassArchitecture
from mir_models.augmentation import spectrum
from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.seed_bootstrap import Measure, score_over_seeds
from mir_models.examples.windows import Window
from mir_models.inference.classification import mean_of_probabilities
from mir_models.training.params import VERSION as TRAINING_VERSION
from storage.fingerprints import fingerprint

TASK = "genre_recognition"
FIRST = Window(640, 640, rest=False)
"""The reference input: of 646 frames the first 640."""
THIRDS = Window(240, 200, rest=False)
"""Three segments of a clip, which vote; a third of it would be too short for the pools of one of the references."""
PRESETS = ("log_mel_1024_ln", "log_mel", "mfcc")
HEADS = ["system", "validation accuracy", "test accuracy", "test macro F1", "seeds"]
OFFICIAL = "official"


@dataclass(frozen=True)
class Settings:
    """Dataset and training that all rows of a table share.

    Attributes
    ----------
    split : str
        The rule.
    size : str
        Of the corpus.
    epochs : int or None
        Other than the networks' own.
    data : str
        Fingerprint of the prepared shards, see `with_data`: other audio, labels or features have other results.
    """

    IDENTITY: ClassVar[str] = "Asked"

    split: str
    size: str = "small"
    epochs: int | None = None
    data: str = ""

    @property
    def dataset(self) -> str:
        """The name under which the corpus is registered."""
        return f"fma_{self.size}_{self.split}"


@dataclass(frozen=True)
class Row:
    """A network and its window."""

    name: str
    architecture: str
    window: Window

    def result_file(self, out: Path, settings: Settings, seed: int) -> Path:
        """The file of its result; another setting is another file."""
        network = ARCHITECTURES.get(self.architecture)
        own = (network.VERSION, network.Params(), network.TRAINING, network.AUGMENTATION)
        made_of = (settings, self.window, *own, TRAINING_VERSION, spectrum.VERSION)
        name = self.name.replace(", ", "-").replace(" ", "_")
        return out / "results" / settings.split / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"


def default_row(name: str) -> Row:
    """A network with its default window."""
    architecture = ARCHITECTURES.get(name)
    assert isinstance(architecture, ClassArchitecture)
    return Row(name, name, architecture.WINDOW)


ROWS = (
    Row("crnn, first 640 frames", "crnn", FIRST),
    Row("parallel_cnn_rnn, first 640 frames", "parallel_cnn_rnn", FIRST),
    Row("crnn, three segments", "crnn", THIRDS),
    Row("parallel_cnn_rnn, three segments", "parallel_cnn_rnn", THIRDS),
    default_row("crnn"),
    default_row("parallel_cnn_rnn"),
    default_row("x_vector_genre"),
)
ENSEMBLES = {
    "genre_ensemble, first 640 frames": ROWS[:2],
    "genre_ensemble, three segments": ROWS[2:4],
    "genre_ensemble": ROWS[4:6],
}
"""By name, the rows whose probabilities are averaged."""


def main() -> None:
    """Prepare, train and report what is missing, then write the tables."""
    arguments = _arguments()
    os.environ["MIRLITON_HOME"] = str((arguments.out / "home").resolve())
    os.environ.pop("MIRLITON_STORE", None)
    tables = [Settings(split, arguments.size, arguments.epochs) for split in arguments.splits]
    with command_line.interruptible():
        for each in tables if not arguments.report_only else ():
            prepare(each, arguments.root)
            complete(trials(arguments.out, with_data(each), arguments.rows, arguments.seeds))
    pages = [page(arguments.out, with_data(each), arguments.seeds) for each in tables]
    command_line.publish("\n\n".join(pages) + "\n", arguments)


def prepare(settings: Settings, root: Path) -> None:
    """Register the corpus under a split rule and make its shards."""
    from pipelines.cli import add, backfill
    from storage.corpora.registrations import Registration

    options = {"size": settings.size}
    add.register(Registration(settings.dataset, "fma", str(root.resolve()), options, split=settings.split))
    backfill.prepare({settings.dataset: list(PRESETS)}, pairs=[])


def with_data(settings: Settings) -> Settings:
    """The settings with the fingerprint of the prepared shards; unchanged where the corpus is not registered yet."""
    from assets.resources import StoreResource
    from assets.training.dataset_shards import open_dataset_shards

    store = StoreResource()
    if settings.dataset not in store.registered():
        return settings
    shards = [open_dataset_shards(store, [settings.dataset], "genre", preset) for preset in PRESETS]
    return replace(settings, data=fingerprint(*(each.fingerprint("train", "validation", "test") for each in shards)))


def trials(out: Path, settings: Settings, rows: Sequence[str], seeds: int) -> list[Trial]:
    """One training and its report per row and seed, seed by seed."""
    return trials_by_seed(
        [row for row in ROWS if row.name in rows],
        range(seeds),
        name=lambda row: f"{settings.split}: {row.name}",
        path=lambda row, seed: row.result_file(out, settings, seed),
        run=partial(train_and_report, settings),
    )


def train_and_report(settings: Settings, row: Row, seed: int, on_progress: OnProgress) -> Result:
    """Train a row through the product's graph and read its report."""
    from pipelines.runs import materialise

    model, report = f"models/{TASK}/{row.architecture}", f"reports/{TASK}/{row.architecture}"
    how = {"seed": seed} | ({"epochs": settings.epochs} if settings.epochs else {})
    config = {"datasets": [settings.dataset], "training": how, "window": asdict(row.window)}
    on_progress("training")
    finished = materialise(f"train_{TASK}", assets=[model, report], config={model: config})
    report_page = Path(finished.metadata[report]["page"])
    evaluation = json.loads((report_page.parent / "report.json").read_text(encoding="utf-8"))["evaluation"]
    return {
        "seed": seed,
        "validation": finished.metadata[model]["val_accuracy"],
        "classes": evaluation["classes"],
        "tracks": {
            each["track"]: {"wanted": each["wanted"], "probabilities": each["probabilities"]}
            for each in evaluation["tracks"]
        },
        "baseline_answers": evaluation["baseline_answers"],
    }


def page(out: Path, settings: Settings, seeds: int) -> str:
    """Markdown: the split rule, how scores are made, and the table."""
    by_row = {row.name: read_results(row.result_file(out, settings, seed) for seed in range(seeds)) for row in ROWS}
    results = {name: found for name, found in by_row.items() if found}
    if not results:
        return f"Split rule {settings.split}: no results yet."
    results |= _ensembles(results)
    lines = [*_baselines(next(reversed([results[row.name] for row in ROWS if row.name in results])))]
    lines += [_line(name, found) for name, found in results.items()]
    n_tracks = len(next(iter(results.values()))[0]["tracks"])
    text = (
        f"Split rule {settings.split}: {n_tracks} test tracks. Scores in percent, mean over seeds, with 95 % intervals "
        "of a bootstrap that draws tracks and seeds again."
    )
    return f"{text}\n\n{markdown_table(HEADS, lines)}"


def _ensembles(results: dict[str, Results]) -> dict[str, Results]:
    """The mean of two rows' probabilities, of the seeds that both have."""
    found = {}
    for name, rows in ENSEMBLES.items():
        sides = [{each["seed"]: each for each in results.get(row.name, [])} for row in rows]
        seeds = sorted(set.intersection(*(set(side) for side in sides)))
        if seeds:
            found[name] = [_averaged([side[seed] for side in sides]) for seed in seeds]
    return found


def _averaged(members: Results) -> Result:
    first, tracks = members[0], {}
    for track, scored in first["tracks"].items():
        mean = mean_of_probabilities([each["tracks"][track]["probabilities"] for each in members])
        tracks[track] = {"wanted": scored["wanted"], "probabilities": mean.tolist()}
    return {"seed": first["seed"], "classes": first["classes"], "tracks": tracks, "validation": None}


def _line(name: str, found: Results) -> list[str]:
    validated = [each["validation"] for each in found if each["validation"] is not None]
    classes, tracks = found[0]["classes"], sorted(found[0]["tracks"])
    ref = np.array([classes.index(found[0]["tracks"][track]["wanted"]) for track in tracks])
    est = np.array([[int(np.argmax(each["tracks"][track]["probabilities"])) for track in tracks] for each in found])
    validation = f"{100 * np.mean(validated):.1f}" if validated else "–"
    return [name, validation, *(_cell(ref, est, measure) for measure in (accuracy, macro_f1)), str(len(found))]


def _baselines(found: Results) -> list[list[str]]:
    """The baselines in the reports of the last network, whose random weights are drawn by its seeds."""
    classes, tracks = found[0]["classes"], sorted(found[0]["tracks"])
    ref = np.array([classes.index(found[0]["tracks"][track]["wanted"]) for track in tracks])
    lines = []
    for name in found[0]["baseline_answers"]:
        est = np.array([[classes.index(each["baseline_answers"][name][track]) for track in tracks] for each in found])
        lines.append([name, "–", *(_cell(ref, est, each) for each in (accuracy, macro_f1)), str(len(found))])
    return lines


def _cell(ref: np.ndarray, est: np.ndarray, measure: Measure) -> str:
    mean, (low, high) = score_over_seeds(ref, est, measure)
    return f"{100 * mean:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _arguments() -> argparse.Namespace:
    parser = command_line.table_parser(experiments.fma_small)
    parser.add_argument("root", type=Path, help="the folder that holds fma_metadata and fma_small")
    parser.add_argument("--seeds", type=int, default=5)
    names = [row.name for row in ROWS]
    parser.add_argument("--rows", nargs="+", choices=names, default=names, metavar="ROW", help="default: all")
    parser.add_argument("--epochs", type=int, help="for a trial; default: those of each reference")
    parser.add_argument("--size", default="small", help="small, medium or large; default: %(default)s")
    parser.add_argument("--splits", nargs="+", default=[OFFICIAL], metavar="RULE", help="official, artist, album, song")
    return parser.parse_args()


if __name__ == "__main__":
    from pipelines.runs import RunFailed

    command_line.call(main, RunFailed)
