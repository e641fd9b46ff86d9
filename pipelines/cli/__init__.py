"""The command ``mirliton``: a file is named as its command, and imports nothing heavy before the command runs.

add, backfill, classify, datasets, demo, doctor, download, evaluate, export, inspect, plan, probe, remove, train,
transcribe, ui: one command each
arguments: arguments that several commands have, and the check of a task with its network
console: the terminal that commands print to, and lines that several commands print
dataset_summary: the summary of one dataset
extras: which extra of the distribution installs a missing library
library_logs: log lines of libraries are kept off the screen
main: registers the commands, and prints errors as one sentence
progress_bars: one bar for every stage of a run
quarantine_lines: tracks in quarantine as lines, a cause of many tracks once
recordings: recordings are listed and processed, for ``transcribe`` and ``classify``
scores: tables of scores with their confidence intervals
side_by_side: items and their parts are computed on several cores
"""

__all__ = [
    "add",
    "arguments",
    "backfill",
    "classify",
    "console",
    "dataset_summary",
    "datasets",
    "demo",
    "doctor",
    "download",
    "evaluate",
    "export",
    "extras",
    "inspect",
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
    "train",
    "transcribe",
    "ui",
]
