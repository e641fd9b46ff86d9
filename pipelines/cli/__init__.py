"""The command ``mirliton``: a file is named as its command, and imports nothing heavy before the command runs.

add, backfill, classify, datasets, demo, doctor, download, evaluate, export, inspect, plan, probe, remove, train,
transcribe, ui: one command each
arguments: arguments that several commands have, and checks of the names in them
completions: what the shell completes
console: the terminal that commands print to, and lines that several commands print
dataset_summary: the summary of one dataset, as a document
documents: the types of the documents that ``--json`` prints
extras: the version, and which extra of the distribution installs a missing library
json_output: ``--json``, one document alone on standard output
library_logs: log lines of libraries are kept off the screen
main: registers the commands, and prints errors as one sentence
progress_bars: one bar for every stage of a run
quarantine_lines: tracks in quarantine as lines, a cause of many tracks once
recordings: recordings are listed and processed, for ``transcribe`` and ``classify``
scores: scores with their confidence intervals, as a document and as tables
side_by_side: items and their parts are computed on several cores
summary_lines: the summary of one dataset, printed
"""

__all__ = [
    "add",
    "arguments",
    "backfill",
    "classify",
    "completions",
    "console",
    "dataset_summary",
    "datasets",
    "demo",
    "doctor",
    "documents",
    "download",
    "evaluate",
    "export",
    "extras",
    "inspect",
    "json_output",
    "library_logs",
    "main",
    "plan",
    "probe",
    "progress_bars",
    "quarantine_lines",
    "recordings",
    "remove",
    "scores",
    "side_by_side",
    "summary_lines",
    "train",
    "transcribe",
    "ui",
]
