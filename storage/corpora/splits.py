"""Split rules: train, validation or test for groups of tracks (work, artist, album, song), kept once assigned.

A group goes where the shares of tracks stay nearest to the desired ones, in its class and over all: the minimisation of
Pocock & Simon ("Sequential treatment assignment with balancing for prognostic factors", Biometrics 31, 1975), with the
distance of Pearson's chi-squared. It takes groups one after the other, so a dataset that grows never moves a group.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mir_models.errors import TrackError
from storage.corpora.listing import TrackFiles, group_of
from storage.records import Record

RULES = ("official", "work", "artist", "album", "song")
"""What a group is: ``official`` takes the splits of the corpus; else a work, an artist, an album or one track."""
DEFAULT_SHARES = {"train": 0.7, "test": 0.15, "validation": 0.15}
"""Shares of the tracks in a dataset whose corpus has no splits."""


@dataclass(frozen=True)
class Member:
    """One track under a split rule: its group, and the class (stratum) within which the shares are balanced."""

    group: str
    stratum: str = ""


@dataclass(frozen=True)
class Assignment(Record):
    """The splits of a dataset's groups, under one rule, seed and shares."""

    rule: str
    seed: int
    shares: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SHARES))
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The split of every track by id, the reason by id of tracks without one, and the assignment to be stored."""

    splits: dict[str, str]
    refused: dict[str, str]
    assignment: Assignment


def assign_splits(tracks: Iterable[TrackFiles], kept: Assignment) -> Decision:
    """Assign tracks to splits under the rule of `kept`, whose groups stay where they are."""
    listed = list(tracks)
    if kept.rule == "official":
        missing = {track.id: _missing_reason("a split of its own") for track in listed if track.split is None}
        return Decision({track.id: track.split for track in listed if track.split}, missing, kept)
    members = {track.id: member(track, kept.rule) for track in listed}
    assignment = extend(kept, filter(None, members.values()))
    needed = f"{'an' if kept.rule.startswith('a') else 'a'} {kept.rule}, which the split rule needs"
    missing = {id: _missing_reason(needed) for id, each in members.items() if each is None}
    return Decision({id: assignment.groups[each.group] for id, each in members.items() if each}, missing, assignment)


def member(track: TrackFiles, rule: str) -> Member | None:
    """Group and stratum of a track under a rule other than ``official``; None where it lacks the rule's metadata.

    The stratum is the genre, or the artist where albums or songs are split.
    """
    artist = track.classes.get("artist", "")
    group = {"work": track.work, "artist": artist, "album": group_of(track.classes, "album"), "song": track.id}[rule]
    stratum = track.classes.get("genre") or (artist if rule in {"album", "song"} else "")
    return Member(group, stratum) if group else None


def extend(kept: Assignment, members: Iterable[Member]) -> Assignment:
    """Assign the groups that `kept` does not have, large ones first, then by a seeded hash; its own groups stay.

    From the third group on, a split without tracks is preferred: four groups fill all three.

    Parameters
    ----------
    kept : Assignment
    members : iterable of Member
        One per track, of old and new groups.
    """
    strata: dict[str, Counter[str]] = defaultdict(Counter)
    for each in members:
        strata[each.group][each.stratum] += 1
    groups, counts = dict(kept.groups), defaultdict[str, Counter[str]](Counter)
    sizes = {group: found.total() for group, found in strata.items()}
    turns = sorted(strata, key=lambda group: (group not in groups, *_turn(group, sizes[group], kept.seed)))
    for before, group in enumerate(turns):
        stratum = max(strata[group].items(), key=lambda item: (item[1], item[0]))[0]
        margins = [counts[f"stratum {stratum}"], counts["all"]]
        if group not in groups:
            empty = [split for split in kept.shares if not counts["all"][split]]
            open_to = empty if empty and before >= 2 else list(kept.shares)
            groups[group] = _most_balanced(sizes[group], margins, kept.shares, open_to)
        for margin in margins:
            margin[groups[group]] += sizes[group]
    return Assignment(kept.rule, kept.seed, kept.shares, groups)


def split_by_hash(work: str, shares: Mapping[str, float], *, seed: int) -> str:
    """The split of a work by a seeded hash of its name, for loaders that divide a part of their corpus themselves.

    Parameters
    ----------
    work : str
        The group that stays together.
    shares : mapping
        Share of the works in each split but train.
    seed : int

    Returns
    -------
    str
        A key of `shares`, or ``"train"``.
    """
    position = _position(work, seed)
    for split, share in shares.items():
        if position < share:
            return split
        position -= share
    return "train"


def _most_balanced(n: int, margins: list[Counter[str]], shares: Mapping[str, float], open_to: Sequence[str]) -> str:
    """The split among `open_to` in which `n` more tracks leave the smallest chi-squared, summed over the margins."""
    return min(open_to, key=lambda split: sum(_chi_squared(margin + Counter({split: n}), shares) for margin in margins))


def _chi_squared(counts: Counter[str], shares: Mapping[str, float]) -> float:
    """Pearson's statistic times the number of tracks, so that a margin weighs by its size."""
    total = counts.total()
    return sum((counts[split] - share * total) ** 2 / share for split, share in shares.items())


def _missing_reason(what: str) -> str:
    remedy = f"complete the corpus' metadata, or register the dataset with another --split ({', '.join(RULES)})"
    return str(TrackError(f"a track with {what}", received="none", remedy=remedy))


def _turn(group: str, n: int, seed: int) -> tuple[int, float]:
    """Sort key: groups of twice the size come first, so that small ones balance them; equals by a seeded hash."""
    return -n.bit_length(), _position(group, seed)


def _position(name: str, seed: int) -> float:
    """A number in [0, 1) that is a function of name and seed."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
