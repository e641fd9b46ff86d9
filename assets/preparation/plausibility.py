"""Whether records of stages are plausible: lags and lengths of labels, frames of shards."""

from storage.tracks.records import LabelsRecord

MAX_DIFFERENCE = 5.0
"""Seconds between the last note and the end of the recording that are usual."""
MAX_UNLABELLED = 0.25
"""Share of a recording after its last note from which on labels look incomplete."""
NOTES_PER_SECOND = (0.1, 60.0)
"""Fewer or more over a track is not played by a pianist."""


def label_disagreement(record: LabelsRecord) -> str:
    """In which way the notes of a track do not look like those of its recording; empty where they do."""
    if record.seconds is None or record.last_offset is None:
        return ""
    seconds, last, density = record.seconds, record.last_offset, record.n_notes / record.seconds
    if not record.n_notes:
        return "there is no note"
    if last > seconds + MAX_DIFFERENCE:
        return f"the notes end {last - seconds:.1f} s after the recording"
    if seconds - last > max(MAX_DIFFERENCE, MAX_UNLABELLED * seconds):
        return f"the last {seconds - last:.1f} s of {seconds:.1f} s have no note"
    low, high = NOTES_PER_SECOND
    return "" if low <= density <= high else f"{density:.2f} notes per second, not {low} to {high}"


def lag_limit(record: LabelsRecord) -> float:
    """The largest plausible lag in seconds: small where labels are promised to be exact."""
    return 0.1 if record.exact else 30.0
