"""What a backfill will cost, measured beforehand on a sample of its tracks.

dry_run: which tracks each asset would make
execution: the preparation job on registrations and stores other than those of the home
memory: memory of this process and of its children, sampled in the background
plan: the disk, time and memory of the full backfill, scaled from runs on a sample of the tracks
sample_backfill: a backfill of a few tracks in a temporary home, store and instance
"""

__all__ = ["dry_run", "execution", "memory", "plan", "sample_backfill"]
