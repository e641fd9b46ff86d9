"""What a backfill will cost: a plan, a miniature run, a dry run."""
