"""Which tests are asked about which module. All paths of this experiment are here."""

from __future__ import annotations

TESTS: dict[str, tuple[str, ...]] = {
    "mir_models/training/fit.py": ("tests/mir_models/training/test_fit.py",),
    "mir_models/training/callbacks.py": ("tests/mir_models/training/test_callbacks.py",),
    "mir_models/examples/batches.py": ("tests/mir_models/examples/test_batches.py",),
    "mir_models/examples/segments.py": (
        "tests/mir_models/examples/test_segments.py",
        "tests/mir_models/examples/test_batches.py",
    ),
    "mir_models/examples/windows.py": ("tests/mir_models/examples/test_windows.py",),
    "mir_models/notes/decoding.py": ("tests/mir_models/notes/test_decoding.py",),
    "mir_models/notes/time_map.py": ("tests/mir_models/notes/test_time_map.py",),
    "mir_models/notes/performances.py": ("tests/mir_models/notes/test_performances.py",),
    "mir_models/evaluation/metrics/bootstrap.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "mir_models/evaluation/metrics/classes.py": ("tests/mir_models/evaluation/test_class_metrics.py",),
    "mir_models/evaluation/metrics/frame_level.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "mir_models/evaluation/metrics/note_level.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "mir_models/evaluation/metrics/onset_timing.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "mir_models/evaluation/metrics/per_key.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "mir_models/evaluation/metrics/repeated.py": ("tests/mir_models/evaluation/metrics/test_repeated.py",),
    "mir_models/evaluation/metrics/tally.py": ("tests/mir_models/evaluation/metrics/test_tally.py",),
    "mir_models/evaluation/metrics/velocity_level.py": ("tests/mir_models/evaluation/test_metrics.py",),
    "storage/examples/shards.py": (
        "tests/storage/examples/test_shards_on_disk.py",
        "tests/storage/examples/test_cached_examples.py",
    ),
    "storage/examples/windows.py": ("tests/storage/examples/test_windows_on_disk.py",),
    "storage/models/trainings.py": ("tests/storage/models/test_trainings.py",),
    "storage/reports/evaluations.py": ("tests/storage/reports/test_evaluations.py",),
    "storage/reports/transfers.py": ("tests/storage/reports/test_evaluations.py",),
    "storage/reports/report_folder.py": ("tests/storage/reports/test_evaluations.py",),
    "storage/objects/objects.py": ("tests/storage/objects/test_objects.py",),
    "storage/objects/scratch.py": ("tests/storage/objects/test_scratch.py",),
    "storage/objects/locks.py": ("tests/storage/objects/test_locks.py",),
    "storage/objects/atomic.py": ("tests/storage/objects/test_atomic.py",),
    "storage/corpora/splits.py": ("tests/storage/corpora/test_splits.py",),
    "storage/corpora/split_table.py": ("tests/storage/corpora/test_splits.py",),
    "storage/tracks/stages.py": ("tests/storage/tracks/test_stages.py",),
    "storage/tracks/track_store.py": ("tests/storage/tracks/test_track_store.py",),
    "storage/tracks/dataset_store.py": ("tests/storage/tracks/test_dataset_store.py",),
    "storage/tracks/arrays.py": ("tests/storage/tracks/test_arrays.py",),
    "storage/tracks/quarantine.py": ("tests/storage/tracks/test_quarantine.py",),
    "storage/tracks/bundles.py": ("tests/storage/tracks/test_bundles.py",),
    "assets/evaluation/report_fields.py": ("tests/assets/evaluation/test_report_fields.py",),
}
"""Module to its own fast tests, those that notice most first."""
