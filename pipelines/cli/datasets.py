"""Commands about what is registered: ``add``, ``datasets``, ``remove``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.dataset_summary import tell_story
from pipelines.cli.progress_bars import console
from storage import home
from storage.corpora.listing import SPLITS, Listing
from storage.corpora.registrations import AUTO, LOADERS, NAME, ON_REQUEST, Catalogue, Registration
from storage.corpora.splits import RULES
from storage.tracks.dataset_store import open_dataset

LISTED = 20
"""Rows of a long list that are printed one by one."""


def datasets(
    name: Annotated[str | None, typer.Argument(help="A registered dataset: its whole story.")] = None,
) -> None:
    """List the registered datasets, or tell everything about one: hours, tracks, labels, splits, quarantine."""
    catalogue = Catalogue(home.home())
    if name is not None:
        tell_story(catalogue.get(name))
        return
    table = Table("dataset", "loader", "tracks", "hours", "train / validation / test", "quarantined", "root")
    for each in catalogue.names():
        registration, store = catalogue.get(each), open_dataset(home.store_address(), each)
        records = store.raw_audio.records()
        splits = [sum(record["split"] == split for record in records) for split in SPLITS]
        hours = sum(record["duration"] for record in records) / 3600
        told = (len(records), f"{hours:.2f}", " / ".join(map(str, splits)), len(store.quarantine.rows()))
        table.add_row(each, registration.loader, *map(str, told), Text(registration.root))
    console.print(table if catalogue.names() else f"No dataset yet. Loaders: {', '.join(LOADERS.names())}.")


def add(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, '-' and '_'.")],
    loader: Annotated[str, typer.Option(help="The layout of the corpus: a file of storage/datasets.")],
    root: Annotated[Path, typer.Option(help="Folder of the corpus.")],
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the loader, key=value; may be repeated.")
    ] = None,
    split: Annotated[
        str, typer.Option(help=f"What stays in one split: {', '.join(RULES)}; auto: the corpus' own splits, else work.")
    ] = AUTO,
    split_seed: Annotated[int, typer.Option(help="Seed of the splits that the corpus does not make itself.")] = 0,
    exclude: Annotated[list[str] | None, typer.Option(help="A track that is left out; may be repeated.")] = None,
    max_quarantined: Annotated[
        float, typer.Option(min=0, max=1, help="Share of unusable tracks above which a stage fails.")
    ] = 0.2,
    variants: Annotated[
        int, typer.Option(min=0, help="Augmented variants of every recording in train, made before the features.")
    ] = 0,
    augment: Annotated[
        list[str] | None, typer.Option(help="How variants are made, e.g. noise.lowest_snr=20; may be repeated.")
    ] = None,
    replace: Annotated[bool, typer.Option(help="Let a registered name stand for another corpus.")] = False,
) -> None:
    """Register a dataset, or change its registration; nothing is computed yet."""
    enrol(
        Registration(
            name=name,
            loader=loader,
            root=str(root.expanduser().resolve()),
            options=dict(_pair(each) for each in option or []),
            max_quarantined=max_quarantined,
            split=split,
            split_seed=split_seed,
            exclude=exclude or [],
            variants=variants,
            augmentation=_augmentation(augment or [], variants),
        ),
        replace=replace,
    )


def remove(
    name: Annotated[str, typer.Argument(help="A dataset that is registered, or was and has stores.")],
    stores: Annotated[bool, typer.Option(help="Delete its features, labels and shards as well.")] = False,
) -> None:
    """Forget a dataset; the recordings are never touched, and what was computed stays unless asked."""
    from pipelines.runs import unregister
    from storage.freshness.stale import mark_reports

    catalogue, dataset = Catalogue(home.home()), open_dataset(home.store_address(), name)
    registered = name in catalogue.names()
    if not registered and not (stores and NAME.fullmatch(name) and dataset.exists):
        catalogue.get(name)  # Says that it is not registered, and what is.
    unregister(name)
    if registered:
        catalogue.remove(name)
    if not stores:
        console.print(f"{name}: forgotten. Its stores are kept: a dataset added under this name goes on from them.")
        return
    dataset.delete()
    console.print(f"{name}: forgotten, its stores deleted.")
    for key in mark_reports(dataset):
        console.print(f"{key} is stale now: it used {name}.")


def enrol(registration: Registration, *, replace: bool = False) -> None:
    """Look at the corpus, keep the registration, and make it a partition."""
    from pipelines.runs import register

    catalogue = Catalogue(home.home())
    catalogue.check(registration)
    listing = registration.listing()
    _refuse_unknown(registration.exclude, listing)
    if registration.name in catalogue.names():
        _tell_difference(catalogue.get(registration.name), registration, replace=replace)
    catalogue.add(registration)
    register(registration.name)
    left_out, on_request = len(listing.dropped), sum(why == ON_REQUEST for why in listing.dropped.values())
    console.print(
        f"{registration.name}: {len(listing.tracks)} track{'s' * (len(listing.tracks) != 1)}"
        + (f", {left_out - on_request} left out by the corpus' protocol" if left_out > on_request else "")
        + (f", {on_request} left out on request" if on_request else "")
        + "."
    )
    words = f"{registration.module.DESCRIPTION}. Licence: {registration.licence}."
    console.print(words, style="dim", markup=False)
    for word, rows in (("left out", listing.dropped), ("cannot be used:", listing.refused)):
        for track, reason in sorted(rows.items())[:LISTED]:
            console.print(f"{word} {track}: {reason}", style="dim", markup=False)
        if len(rows) > LISTED:
            console.print(f"… and {len(rows) - LISTED} more {word.removesuffix(':')}", style="dim")


def _refuse_unknown(exclude: list[str], listing: Listing) -> None:
    """Refuse to leave out tracks that are not there: a name was misspelt."""
    known = {track.id for track in listing.tracks} | listing.dropped.keys() | listing.refused.keys()
    unknown = [track for track in exclude if track not in known]
    if unknown:
        remedy = f"write it as mirliton datasets does, e.g. {min(known, default='TRACK')!r}"
        raise MirlitonError("--exclude with a track of the corpus", received=", ".join(unknown), remedy=remedy)


def _tell_difference(before: Registration, after: Registration, *, replace: bool) -> None:
    """Say what another registration of a name changes; another corpus has to be asked for."""
    old, new = asdict(before), asdict(after)
    changed = {key: (old[key], new[key]) for key in old if old[key] != new[key]}
    if changed.keys() & {"loader", "root"} and not replace:
        received = "; ".join(f"{key} {was}, now {now}" for key, (was, now) in changed.items())
        remedy = "choose another name, or say --replace: the next backfill then replaces what was made"
        raise MirlitonError(f"the corpus that {after.name} is registered with", received=received, remedy=remedy)
    for key, (was, now) in changed.items():
        console.print(f"{after.name}: {key} was {was}, is now {now}", style="yellow", markup=False)


def _augmentation(pairs: list[str], variants: int) -> dict[str, Any]:
    """How variants are made, where it is not as by default; refuses what they cannot be made with, or are not."""
    from assets.variants import DEFAULTS, params_of
    from pipelines.runs import settings

    given = settings(pairs, asdict(DEFAULTS), of="variants")
    params = params_of(Registration("checked", "folder", "", augmentation=given))
    if given and not variants:
        raise MirlitonError("--variants 1 or more, to --augment", received="none", remedy="say how many")
    unused = [name for name, value in given.items() if isinstance(value, dict) and name not in params.names]
    if unused:
        remedy = f"add it to the chain: --augment chain={params.chain},{unused[0]}"
        raise MirlitonError(f"{unused[0]} in the chain of variants", received=params.chain, remedy=remedy)
    return given


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise MirlitonError(
            "--option key=value", received=repr(text), remedy="write, e.g., --option test_piano=AkPnBcht"
        )
    return key, value


COMMANDS = (add, datasets, remove)
