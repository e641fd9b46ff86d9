"""What prepares the tracks of a dataset: duplicates, the summary of alignments, the inspection of a track."""
