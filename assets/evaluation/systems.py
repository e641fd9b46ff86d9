"""The comparison of a task as a whole: the reports of a store, the network in use, other programs, and the page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assets.evaluation.comparison import compare_reports
from assets.evaluation.peers import PeerTracks, score_peer
from assets.inference.champion import in_use
from assets.training.dataset_shards import DatasetStores, open_dataset_shards
from mir_models.errors import ParameterError
from mir_models.evaluation.comparison import verdict
from mir_models.tasks import TASKS
from storage.models.champions import ChampionStore
from storage.objects.objects import Objects
from storage.reports.comparisons import ComparisonStore, ComparisonTable
from storage.reports.evaluations import ReportStore
from storage.reports.pages import comparison as page
from storage.reports.record import ReportRecord
from storage.reports.report_folder import PAGE


def compare_task(
    objects: Objects,
    stores: DatasetStores,
    task: str,
    *,
    against: str = "",
    datasets: Sequence[str] = (),
    peers: Mapping[str, Path] | None = None,
) -> ComparisonTable:
    """Compare all systems of a task, write the page, and return the table.

    Parameters
    ----------
    objects : Objects
        The store with the reports.
    stores : DatasetStores
        Read where there are `peers`.
    task : str
    against : str
        The network that all are compared with; empty: the champion, else the best.
    datasets : sequence of str
        Only reports on these.
    peers : mapping of str to Path, optional
        Folders with the MIDI files of other programs, by their names.
    """
    reports = read_reports(objects, task)
    champion = in_use(ChampionStore(objects, task))
    network = champion.reference.architecture if champion and not champion.is_included else ""
    options = {"champion": network, "against": against, "datasets": datasets}
    table = compare_reports(reports, **options)  # type: ignore[arg-type]  # by name
    if peers:
        scored = _score_peers(peers, table, reports[table.reference], stores)
        table = compare_reports(reports, **options, others=scored)  # type: ignore[arg-type]  # by name
    store = ComparisonStore(objects, task)
    up = "../" * (store.prefix.count("/") + 1)
    pages = {name: f"{up}{ReportStore(objects, task, name).prefix}/{PAGE}" for name in table.fingerprints}
    store.replace(page.render(table, verdict=verdict, pages=pages), table, {})
    return table


def read_reports(objects: Objects, task: str) -> dict[str, ReportRecord]:
    """The reports of a task by network."""
    found = {name: ReportStore(objects, task, name).read() for name in objects.names(f"reports/{task}")}
    return {name: report for name, report in found.items() if report is not None}


def _score_peers(
    peers: Mapping[str, Path], table: ComparisonTable, report: ReportRecord, stores: DatasetStores
) -> dict[str, PeerTracks]:
    if TASKS.get(report.task).KIND != "notes":
        remedy = "leave --peer out"
        raise ParameterError("a transcription, to compare MIDI files with", received=report.task, remedy=remedy)
    taken = sorted({row["system"] for row in table.systems} & peers.keys())
    if taken:
        raise ParameterError("names of peers that no system has", received=taken[0], remedy="choose another name")
    data = open_dataset_shards(stores, list(table.datasets), TASKS.get(report.task).LABELS, report.preset)
    return {name: score_peer(name, folder, data) for name, folder in peers.items()}
