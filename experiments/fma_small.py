"""The table of FMA small, by one command: ``python -m experiments.fma_small ROOT --out OUT``.

ROOT holds ``fma_metadata`` and ``fma_small`` as the corpus is published (``mirliton download fma``). The corpus is
registered and prepared in a home below OUT, every network is trained through the product's graph once per seed and
reported on, and what the reports say of the test tracks becomes one table: the references as their notebooks have them
(the first 640 frames of a clip), three segments of a clip instead of one, windows of the product's default, the
ensemble of both references (the mean of their probabilities), the modern network, and the baselines of every report.
Validation accuracy of the epoch that is kept stands beside test accuracy: they are not the same, and only the second
one counts.

By default tracks are divided as the corpus' owners did, artists kept apart; ``--splits official song`` asks what it
would look like if they were not. What is finished is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import experiments.fma_small
from experiments import command_line
from experiments.tables import markdown
from experiments.trials import Results, Tell, Trial, complete, read
from mir_models.architectures import ARCHITECTURES
from mir_models.augmentation import spectrum
from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.repeated import scored
from mir_models.examples.windows import Window
from mir_models.training import fit
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
class Asked:
    """What all rows of a table have in common.

    Attributes
    ----------
    split : str
        The rule.
    size : str
        Of the corpus.
    epochs : int or None
        Other than the networks' own.
    data : str
        Fingerprint of the tracks as they are prepared, see `known`: of other data, or of features that other code made,
        results are others.
    """

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
    """A network, and what it hears at once."""

    name: str
    architecture: str
    window: Window

    def result(self, out: Path, asked: Asked, seed: int) -> Path:
        """The file of its result; another setting is another file."""
        network = ARCHITECTURES.get(self.architecture)
        made_of = (asked, self.window, network.VERSION, network.Params(), network.TRAINING, network.AUGMENTATION)
        made_of += (fit.VERSION, spectrum.VERSION)
        name = self.name.replace(", ", "-").replace(" ", "_")
        return out / "results" / asked.split / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"


def of_default(name: str) -> Row:
    """A network as the product trains it."""
    return Row(name, name, ARCHITECTURES.get(name).WINDOW)


ROWS = (
    Row("crnn, first 640 frames", "crnn", FIRST),
    Row("parallel_cnn_rnn, first 640 frames", "parallel_cnn_rnn", FIRST),
    Row("crnn, three segments", "crnn", THIRDS),
    Row("parallel_cnn_rnn, three segments", "parallel_cnn_rnn", THIRDS),
    of_default("crnn"),
    of_default("parallel_cnn_rnn"),
    of_default("x_vector_genre"),
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
    asked = [Asked(split, arguments.size, arguments.epochs) for split in arguments.splits]
    with command_line.interruptible():
        for each in asked if not arguments.report_only else ():
            prepare(each, arguments.root)
            complete(trials(arguments.out, known(each), arguments.rows, arguments.seeds))
    written = "\n\n".join(page(arguments.out, known(each), arguments.seeds) for each in asked) + "\n"
    command_line.publish(written, experiments.fma_small, arguments)


def prepare(asked: Asked, root: Path) -> None:
    """Register the corpus under a split rule and make its shards."""
    from pipelines.cli.backfill import prepare as prepared
    from pipelines.cli.datasets import enrol
    from storage.corpora.registrations import Registration

    enrol(Registration(asked.dataset, "fma", str(root.resolve()), {"size": asked.size}, split=asked.split))
    prepared({asked.dataset: list(PRESETS)}, pairs=[])


def known(asked: Asked) -> Asked:
    """What is asked, of the tracks as they are prepared; as it was where the corpus is not registered yet."""
    from assets.resources import StoreResource
    from assets.training.corpora import open_corpora

    store = StoreResource()
    if asked.dataset not in store.registered():
        return asked
    heard = [open_corpora(store, [asked.dataset], "genre", preset) for preset in PRESETS]
    return replace(asked, data=fingerprint(*(each.fingerprint("train", "validation", "test") for each in heard)))


def trials(out: Path, asked: Asked, rows: Sequence[str], seeds: int) -> list[Trial]:
    """One training and its report per row and seed, seed by seed."""
    return [
        Trial(
            f"{asked.split}: {row.name}, seed {seed}", row.result(out, asked, seed), partial(learnt, row, asked, seed)
        )
        for seed in range(seeds)
        for row in ROWS
        if row.name in rows
    ]


def learnt(row: Row, asked: Asked, seed: int, tell: Tell) -> dict[str, Any]:
    """Train a row through the graph and read its report."""
    from pipelines.runs import materialise

    model, report = f"models/{TASK}/{row.architecture}", f"reports/{TASK}/{row.architecture}"
    how = {"seed": seed} | ({"epochs": asked.epochs} if asked.epochs else {})
    config = {"datasets": [asked.dataset], "training": how, "window": asdict(row.window)}
    tell("training")
    finished = materialise(f"train_{TASK}", assets=[model, report], config={model: config})
    page = Path(finished.metadata[report]["page"])
    evaluation = json.loads((page.parent / "report.json").read_text(encoding="utf-8"))["evaluation"]
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


def page(out: Path, asked: Asked, seeds: int) -> str:
    """Markdown: what was asked under a split rule, and the table."""
    results = {row.name: read(row.result(out, asked, seed) for seed in range(seeds)) for row in ROWS}
    results = {name: found for name, found in results.items() if found}
    if not results:
        return f"Split rule {asked.split}: no results yet."
    results |= _ensembles(results)
    lines = [*_baselines(next(reversed([results[row.name] for row in ROWS if row.name in results])))]
    lines += [_line(name, found) for name, found in results.items()]
    n_tracks = len(next(iter(results.values()))[0]["tracks"])
    said = (
        f"Split rule {asked.split}: {n_tracks} test tracks. Scores in percent, mean over seeds, with 95 % intervals "
        "of a bootstrap that draws tracks and seeds again."
    )
    return f"{said}\n\n{markdown(HEADS, lines)}"


def _ensembles(results: dict[str, Results]) -> dict[str, Results]:
    """The mean of two rows' probabilities, of the seeds that both have."""
    found = {}
    for name, rows in ENSEMBLES.items():
        sides = [{each["seed"]: each for each in results.get(row.name, [])} for row in rows]
        seeds = sorted(set.intersection(*(set(side) for side in sides)))
        if seeds:
            found[name] = [_averaged([side[seed] for side in sides]) for seed in seeds]
    return found


def _averaged(members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first, tracks = members[0], {}
    for track, told in first["tracks"].items():
        mean = np.mean([each["tracks"][track]["probabilities"] for each in members], axis=0)
        tracks[track] = {"wanted": told["wanted"], "probabilities": mean.tolist()}
    return {"seed": first["seed"], "classes": first["classes"], "tracks": tracks, "validation": None}


def _line(name: str, found: Results) -> list[str]:
    validated = [each["validation"] for each in found if each["validation"] is not None]
    classes, tracks = found[0]["classes"], sorted(found[0]["tracks"])
    wanted = np.array([classes.index(found[0]["tracks"][track]["wanted"]) for track in tracks])
    said = np.array([[int(np.argmax(each["tracks"][track]["probabilities"])) for track in tracks] for each in found])
    validation = f"{100 * np.mean(validated):.1f}" if validated else "–"
    return [name, validation, *(_cell(wanted, said, measure) for measure in (accuracy, macro_f1)), str(len(found))]


def _baselines(found: Results) -> list[list[str]]:
    """The baselines beside the last network, whose random weights are drawn by its seeds."""
    classes, tracks = found[0]["classes"], sorted(found[0]["tracks"])
    wanted = np.array([classes.index(found[0]["tracks"][track]["wanted"]) for track in tracks])
    lines = []
    for name in found[0]["baseline_answers"]:
        said = np.array([[classes.index(each["baseline_answers"][name][track]) for track in tracks] for each in found])
        lines.append([name, "–", *(_cell(wanted, said, each) for each in (accuracy, macro_f1)), str(len(found))])
    return lines


def _cell(wanted: np.ndarray, said: np.ndarray, measure: Any) -> str:
    mean, (low, high) = scored(wanted, said, measure)
    return f"{100 * mean:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _arguments() -> argparse.Namespace:
    parser = command_line.of_table(experiments.fma_small)
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
