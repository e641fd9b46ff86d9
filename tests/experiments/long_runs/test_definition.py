"""What defines a run: files that are read whole or refused, and the commands that they stand for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.long_runs import definition, training
from experiments.long_runs.preparation import add_command, backfill_command
from experiments.long_runs.processes import Deadline
from mir_models.errors import MirlitonError
from pipelines.cli.add import parse_augmentation
from storage.corpora.registrations import Registration
from tests.experiments.long_runs.homes import DEFINITION, run_home


@pytest.mark.parametrize("run", definition.runs())
def test_the_definitions_that_come_along_name_what_there_is(run: str) -> None:
    found = definition.parse(definition.definition_file(run), where=run)
    definition.check(found, where=run)
    for each in found.datasets:
        options = {**found.options.get(each.loader, {}), **each.options}
        Registration(each.name, each.loader, each.root, options).parsed_options  # noqa: B018 (refuses unknown ones)
        parse_augmentation(each.augment, each.variants)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("network = ", "TOML in x.toml"),
        (DEFINITION.replace('feature = "cqt_84"\n', ""), "the key feature in x.toml"),
        (DEFINITION.replace("feature", "featur"), "only the keys .* in x.toml. Received: featur"),
        (DEFINITION + "varaints = 2\n", "in datasets of x.toml. Received: varaints"),
        (DEFINITION + "variants = 2.5\n", "variants of type int in datasets of x.toml. Received: one of type float"),
        (DEFINITION.replace("epochs = 4", 'epochs = "4"'), "epochs of type int"),
    ],
)
def test_what_is_no_definition_is_refused_with_the_key(content: str, message: str) -> None:
    with pytest.raises(MirlitonError, match=message):
        definition.parse(content.encode(), where="x.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (DEFINITION.replace('"lstm"', '"lstmm"'), "Received: 'lstmm'"),
        (
            DEFINITION.replace('"cqt_84"', '"cqt"'),
            r"the feature cqt_84, which lstm takes, in x\.toml\. Received: .* cqt\.",
        ),
        (DEFINITION.replace("epochs = 4", 'epochs = 4\ntask = "genre"'), "Received: genre and cqt_84"),
        (DEFINITION + '[settings]\n"network.unit" = 8\n', r"a setting of x\.toml\. Received: 'network.unit=8'"),
        (DEFINITION + '[settings]\n"training.batch_size" = "8 or so"\n', "training.batch_size of type int"),
    ],
)
def test_what_could_not_be_trained_is_refused(content: str, message: str) -> None:
    defined = definition.parse(content.encode(), where="x.toml")
    with pytest.raises(MirlitonError, match=message):
        definition.check(defined, where="x.toml")


def test_an_unknown_run_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(MirlitonError, match=r"Received: gp. Remedy: choose among .*gpu"):
        definition.definition_file("gp")


FULL = """
description = "All that a definition may have."
network = "lstm"
feature = "cqt"
epochs = 4
preparation = ["shards.regressed_onsets=2"]

[settings]
"training.batch_size" = 16
"training.schedule" = "cosine"

[options.renderings]
format = "flac"
seconds = "10"

[[datasets]]
name = "music"
loader = "renderings"
root = "{corpora}/music"
split = "work"
split_seed = 3
options = { recordings = "{home}/recordings", seconds = "20" }
exclude = ["a", "b"]
variants = 2
augment = ["chain=room", "room.farthest=8"]
weight = 0.25

[[datasets]]
name = "maps"
loader = "maps"
root = "{corpora}/maps"
"""


def test_a_definition_is_the_commands_that_it_stands_for(tmp_path: Path) -> None:
    home = run_home(tmp_path, definition=FULL)
    run = home.definition()
    assert " ".join(add_command(run, run.datasets[0])) == (
        f"add music --loader renderings --root {tmp_path}/music --split work --split-seed 3 --option format=flac "
        f"--option seconds=20 --option recordings={tmp_path}/recordings --exclude a --exclude b --variants 2 "
        "--augment chain=room --augment room.farthest=8"
    )
    assert " ".join(add_command(run, run.datasets[1])) == (
        f"add maps --loader maps --root {tmp_path}/maps --split auto --split-seed 0 --variants 0"
    )
    assert backfill_command(run, "music") == [
        *("backfill", "music", "--feature", "cqt", "--set", "shards.regressed_onsets=2")
    ]
    assert " ".join(training.train_command(home, Deadline(0))) == (
        "train piano_transcription --model lstm --dataset music --dataset maps --weight music=0.25 --set "
        "training.epochs=4 --set training.batch_size=16 --set training.schedule=cosine"
    )


def test_a_training_that_began_with_weights_has_settings_of_its_own(tmp_path: Path) -> None:
    home = run_home(tmp_path, definition=FULL)
    home.start.mkdir()
    settings = {"start.model": str(home.start), "training.epochs": 1, "training.batch_size": 8}
    (home.start / "settings.json").write_text(json.dumps(settings))
    words = training.train_command(home, Deadline(90))
    chosen = dict(word.split("=", 1) for word, before in zip(words[1:], words, strict=False) if before == "--set")
    assert chosen == {
        "training.epochs": "1",
        "training.batch_size": "8",
        "training.schedule": "cosine",
        "start.model": str(home.start),
    }
    assert words[-2] == "--minutes"
    assert float(words[-1]) == pytest.approx(training.for_epochs(90 * 60) / 60, abs=0.1)
