"""Training examples: shards, segments, windows and batches of them."""
