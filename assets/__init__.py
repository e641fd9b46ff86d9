"""What is made of what: every asset and asset check of the graph, in bodies of a few lines."""
