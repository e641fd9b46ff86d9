"""Champions: for each task the one trained model that is in use, and the decisions by which it became that.

``champions/<task>/decisions/000001.json`` and so on hold one decision each, and are never changed. Which model is the
champion is what the last one says, so that a writer that is killed leaves all of a decision or nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypedDict

from mir_models.errors import MirlitonError
from storage.models.checkpoints import ModelStore, Training
from storage.models.record import ModelRecord
from storage.objects import leases
from storage.objects.objects import Objects
from storage.records import Record

PROMOTED, KEPT, ROLLED_BACK = "promoted", "kept", "rolled_back"
"""Kinds of decisions: the model is the champion now, stays a challenger, or is the champion again."""

CHAMPION, CHALLENGER = "champion", "challenger"
"""What a trained model is: in use for its task, or a candidate for it."""


@dataclass(frozen=True)
class ModelReference(Record):
    """Which training a model is of.

    Attributes
    ----------
    architecture : str
    fingerprint : str
        Of the training.
    run_id : str
        Of MLflow.
    """

    architecture: str
    fingerprint: str
    run_id: str = ""

    @classmethod
    def of(cls, record: ModelRecord) -> ModelReference:
        """The reference to the training of a record."""
        return cls(record.architecture, record.fingerprint, record.run_id)


class PairedScore(TypedDict):
    """The scores of one track by challenger and champion."""

    track: str
    challenger: float
    champion: float


@dataclass(frozen=True)
class ComparisonRecord(Record):
    """A challenger and the champion on the same tracks.

    Attributes
    ----------
    measure : str
        What is scored, in words.
    split : str
        ``"promotion"``, or ``"validation"`` where that has no tracks that both may be compared on.
    datasets : list of str
    tracks : list of PairedScore
    challenger, champion : float or None
        Means over tracks; None without tracks.
    difference : float or None
        Of the means, challenger less champion.
    interval : list of float or None
        Low and high end of the paired interval of the difference.
    rule : mapping of str to float
        Fields of `mir_models.evaluation.promotion.Params`.
    notes : list of str
        Sentences on what the comparison depends on, such as tracks that were left out.
    """

    measure: str
    split: str
    datasets: list[str]
    tracks: list[PairedScore]
    challenger: float | None
    champion: float | None
    difference: float | None
    interval: list[float] | None
    rule: Mapping[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class DecisionRecord(Record):
    """One decision on the champion of a task.

    Attributes
    ----------
    number : int
        From 1 on.
    kind : str
        ``"promoted"``, ``"kept"`` or ``"rolled_back"``.
    time : str
        ISO 8601, UTC.
    reason : str
    model : ModelReference or None
        That the decision is about; None where the included network is taken back into use.
    champion, previous : ModelReference or None
        In use afterwards and before; None: none, or the network that comes with mirliton.
    comparison : ComparisonRecord or None
        None where nothing was compared.
    anyway : bool
        Promoted on request, whatever the comparison says.
    made_from : str
        Fingerprint of all that the decision depends on; empty: of none that is computed.
    """

    NESTED: ClassVar = {
        **dict.fromkeys(("model", "champion", "previous"), ModelReference),
        "comparison": ComparisonRecord,
    }
    OPTIONAL: ClassVar = frozenset({"comparison", "anyway", "made_from"})

    number: int
    kind: str
    time: str
    reason: str
    model: ModelReference | None
    champion: ModelReference | None
    previous: ModelReference | None
    comparison: ComparisonRecord | None = None
    anyway: bool = False
    made_from: str = ""


@dataclass(frozen=True)
class ChampionStore:
    """The decisions on the champion of one task."""

    objects: Objects
    task: str

    @property
    def prefix(self) -> str:
        """Key of the folder in the store."""
        return f"champions/{self.task}/decisions"

    def decisions(self) -> list[DecisionRecord]:
        """All decisions, in their order."""
        return [self._read(name) for name in self.objects.names(self.prefix)]

    def champion(self) -> ModelReference | None:
        """The champion; None before there is one, or where the included network is in use."""
        names = self.objects.names(self.prefix)
        return self._read(names[-1]).champion if names else None

    def champions(self) -> list[ModelReference | None]:
        """The models that were promoted, each on top of the one to which it can be rolled back; the last is in use."""
        stack: list[ModelReference | None] = []
        for each in self.decisions():
            if each.kind == PROMOTED:
                stack.append(each.champion)
            elif each.kind == ROLLED_BACK and stack:
                stack.pop()
        return stack

    def training(self, reference: ModelReference) -> Training:
        """The training of a model."""
        return ModelStore(self.objects, self.task, reference.architecture).training(reference.fingerprint)

    def promote(
        self,
        model: ModelReference,
        reason: str,
        *,
        comparison: ComparisonRecord | None = None,
        anyway: bool = False,
        made_from: str = "",
    ) -> DecisionRecord:
        """Let a model be the champion."""
        more = {"comparison": comparison, "anyway": anyway, "made_from": made_from}
        return self._append(PROMOTED, model, model, reason, **more)

    def keep(
        self, model: ModelReference, reason: str, *, comparison: ComparisonRecord | None = None, made_from: str = ""
    ) -> DecisionRecord:
        """Let a model stay a challenger."""
        return self._append(KEPT, model, self.champion(), reason, comparison=comparison, made_from=made_from)

    def roll_back(self, reason: str, *, to_included: bool) -> DecisionRecord:
        """Let the champion before the present one be the champion again.

        Parameters
        ----------
        reason : str
        to_included : bool
            Whether there is an included network, which was in use before the first champion.

        Raises
        ------
        MirlitonError
            Where there was none before, or its training is no longer in the store.
        """
        stack = self.champions()
        if not stack or (len(stack) == 1 and not to_included):
            received = "one champion so far" if stack else "no champion yet"
            remedy = f"mirliton models {self.task} lists what can be promoted"
            raise MirlitonError(f"an earlier champion for {self.task}", received=received, remedy=remedy)
        earlier = stack[-2] if len(stack) > 1 else None
        if earlier is not None:
            self.training(earlier).finished_record()
        return self._append(ROLLED_BACK, earlier, earlier, reason)

    @contextmanager
    def locked(self, home: Path) -> Iterator[None]:
        """Wait for other runs that decide on this champion, and keep others waiting, see `leases.hold`."""
        with leases.hold(self.objects, home, f"champion-{self.task}", wait=True):
            yield

    def _append(
        self,
        kind: str,
        model: ModelReference | None,
        champion: ModelReference | None,
        reason: str,
        **more: ComparisonRecord | bool | str | None,
    ) -> DecisionRecord:
        names = self.objects.names(self.prefix)
        last = self._read(names[-1]) if names else None
        decision = DecisionRecord(
            number=last.number + 1 if last else 1,
            kind=kind,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            reason=reason,
            model=model,
            champion=champion,
            previous=last.champion if last else None,
            **more,  # type: ignore[arg-type]  # the optional fields, by name
        )
        content = json.dumps(decision.to_json(), indent=1, ensure_ascii=False, allow_nan=False).encode()
        self.objects.write(f"{self.prefix}/{decision.number:06d}.json", content)
        return decision

    def _read(self, name: str) -> DecisionRecord:
        key = f"{self.prefix}/{name}"
        where = f"{self.objects.address}/{key}"
        content = self.objects.read(key) or b""
        return DecisionRecord.from_bytes(content, where=where, remedy="restore the file from a backup, or delete it")
