"""Shards on disk as training examples."""
