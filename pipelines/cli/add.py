"""The command ``add``: register a dataset, or change its registration."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mir_models.errors import MirlitonError, ParameterError
from mir_models.similar_names import suggestion
from pipelines.cli.completions import complete_loader, complete_split
from pipelines.cli.console import console, print_warning
from pipelines.cli.documents.datasets import AddDocument
from pipelines.cli.json_output import emit
from pipelines.cli.quarantine_lines import refusal_lines
from pipelines.settings import parse_options, parse_settings
from storage.corpora.catalogue import open_catalogue
from storage.corpora.listing import Listing
from storage.corpora.registrations import AUTO, ON_REQUEST, Registration, check
from storage.corpora.splits import RULES
from storage.objects import leases
from storage.records import JsonObject

N_ROWS = 20
"""Rows of a long list that are printed one by one."""


def add(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, '-' and '_'.")],
    loader: Annotated[
        str,
        typer.Option(help="The layout of the corpus: a file of storage/datasets.", autocompletion=complete_loader),
    ],
    root: Annotated[Path, typer.Option(help="Folder of the corpus.")],
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the loader, key=value; may be repeated.")
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help=f"What stays in one split: {', '.join(RULES)}; auto: the corpus' own splits, else work.",
            autocompletion=complete_split,
        ),
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
    register(
        Registration(
            name=name,
            loader=loader,
            root=str(root.expanduser().resolve()),
            options=parse_options(option or []),
            max_quarantined=max_quarantined,
            split=split,
            split_seed=split_seed,
            exclude=exclude or [],
            variants=variants,
            augmentation=parse_augmentation(augment or [], variants),
        ),
        replace=replace,
    )


def register(registration: Registration, *, replace: bool = False) -> None:
    """List the corpus, keep the registration, make it a partition, and print what is left out.

    Raises
    ------
    MirlitonError
        When the corpus cannot be listed, when an excluded track is not in it, and when the name is registered with
        another corpus and `replace` is false.
    """
    from pipelines.instance import add_partition

    check(registration)
    listing = registration.listing()
    _check_exclude(registration.exclude, listing)
    changes = _keep(registration, replace=replace)
    add_partition(registration.name)
    emit(_document(registration, listing, changes))
    _print_listing(registration, listing)


def _keep(registration: Registration, *, replace: bool) -> list[str]:
    """Keep a registration, and print and return what it changes; another home that registers the name has to wait."""
    catalogue = open_catalogue()
    with leases.hold(catalogue.objects, catalogue.home, f"registration-{registration.name}", wait=True):
        before = catalogue.get(registration.name) if registration.name in catalogue.names() else registration
        changes = _changes(before, registration, replace=replace)
        for change in changes:
            print_warning(f"{registration.name}: {change}")
        catalogue.add(registration)
    return changes


def _document(registration: Registration, listing: Listing, changes: list[str]) -> AddDocument:
    return AddDocument(
        registration.name,
        registration.loader,
        registration.root,
        registration.licence,
        tracks=len(listing.tracks),
        left_out=dict(sorted(listing.dropped.items())),
        refused=listing.refused,
        notices=listing.unused,
        changed=changes,
    )


def _print_listing(registration: Registration, listing: Listing) -> None:
    """Print how many tracks a corpus has, its licence, and which files are left out."""
    on_request = sum(why == ON_REQUEST for why in listing.dropped.values())
    by_protocol = len(listing.dropped) - on_request
    console.print(
        f"{registration.name}: {len(listing.tracks)} track{'s' * (len(listing.tracks) != 1)}"
        + (f", {by_protocol} left out by the corpus' protocol" if by_protocol else "")
        + (f", {on_request} left out on request" if on_request else "")
        + "."
    )
    licence = f"{registration.module.DESCRIPTION}. Licence: {registration.licence}."
    console.print(licence, style="dim", markup=False)
    dropped = [f"{track}: {reason}" for track, reason in sorted(listing.dropped.items())]
    refused = refusal_lines(listing.refused, len(listing.tracks) + len(listing.refused))
    for heading, lines in (("left out", dropped), ("cannot be used:", refused)):
        for line in lines[:N_ROWS]:
            console.print(f"{heading} {line}", style="dim", markup=False)
        if len(lines) > N_ROWS:
            console.print(f"… and {len(lines) - N_ROWS} more {heading.removesuffix(':')}", style="dim")
    for notice in listing.unused:
        print_warning(notice)


def _check_exclude(exclude: list[str], listing: Listing) -> None:
    """Raise where a track to be left out is not in the corpus: its name was misspelt."""
    tracks = {track.id for track in (*listing.tracks, *listing.undecodable)}
    ids = tracks | listing.dropped.keys() | listing.refused.keys()
    unknown = [track for track in exclude if track not in ids]
    if unknown:
        remedy = f"{suggestion(unknown[0], ids)}write it as mirliton datasets does, e.g. {min(ids, default='TRACK')!r}"
        raise MirlitonError("--exclude with a track of the corpus", received=", ".join(unknown), remedy=remedy)


def _changes(before: Registration, after: Registration, *, replace: bool) -> list[str]:
    """What another registration of a name changes, in words; raises for another corpus without `replace`."""
    old, new = asdict(before), asdict(after)
    changed = {key: (old[key], new[key]) for key in old if old[key] != new[key]}
    if changed.keys() & {"loader", "root"} and not replace:
        received = "; ".join(f"{key} {was}, now {now}" for key, (was, now) in changed.items())
        remedy = "choose another name, or give --replace: the next backfill then replaces what was made"
        raise MirlitonError(f"the corpus that {after.name} is registered with", received=received, remedy=remedy)
    return [f"{key} was {was}, is now {now}" for key, (was, now) in changed.items()]


def parse_augmentation(pairs: list[str], variants: int) -> JsonObject:
    """The settings of variants that differ from the defaults; raises for those that would have no effect."""
    from assets.preparation.variants import DEFAULTS, params_of

    settings = parse_settings(pairs, DEFAULTS, of="variants")
    params = params_of(Registration("checked", "folder", "", augmentation=settings))
    if settings and not variants:
        raise ParameterError("--variants 1 or more, to --augment", received="none", remedy="give their number")
    unused = [name for name, value in settings.items() if isinstance(value, dict) and name not in params.names]
    if unused:
        remedy = f"add it to the chain: --augment chain={params.chain},{unused[0]}"
        raise ParameterError(f"{unused[0]} in the chain of variants", received=params.chain, remedy=remedy)
    return settings
