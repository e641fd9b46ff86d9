"""What joins shards and networks: the data of a task, training, ensembles, leakage between splits."""
