"""What is out of date: files of a corpus, stages of a dataset, models and reports."""
