"""The command ``mirliton``: a file is named as its command, and imports nothing heavy before the command runs.

add, backfill, classify, compare, datasets, demo, doctor, download, evaluate, export, init,
inspect, listen, models, plan, probe,
promote, remove, report, repro, rollback, schedule, sweep, train, transcribe, ui: one command each
arguments: arguments that several commands have, and checks of the names in them
champion_lines: decisions on champions, as a document and as lines
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
schedule_times: crons and time zones, and when they are due
scores: scores with their confidence intervals, as a document and as tables
server_findings: whether the servers that a home is set to use answer this machine
side_by_side: items and their parts are computed on several cores
summary_lines: the summary of one dataset, printed
"""

__all__ = [
    "add",
    "arguments",
    "backfill",
    "champion_lines",
    "classify",
    "compare",
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
    "init",
    "inspect",
    "json_output",
    "library_logs",
    "listen",
    "main",
    "models",
    "plan",
    "probe",
    "progress_bars",
    "promote",
    "quarantine_lines",
    "recordings",
    "remove",
    "report",
    "repro",
    "rollback",
    "schedule",
    "schedule_times",
    "scores",
    "server_findings",
    "side_by_side",
    "summary_lines",
    "sweep",
    "train",
    "transcribe",
    "ui",
]
