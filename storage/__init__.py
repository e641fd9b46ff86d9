"""What mirliton keeps: stores, tables, models, runs, recordings, pages. It computes no feature."""
