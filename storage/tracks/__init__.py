"""What is stored of each track of a dataset: stages, dataset and track stores, arrays, records, quarantine."""
