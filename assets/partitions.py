"""The partitions of the graph up to the shards: one per registered dataset."""

import dagster as dg

DATASETS = dg.DynamicPartitionsDefinition(name="dataset")
