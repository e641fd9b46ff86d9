"""Reports on disk: pages with their numbers, figures and sounds.

* `alignments`: where is the alignment page of a dataset, and what was it made from?
* `comparisons`: where are all systems of a task compared?
* `evaluations`: where is the report of a model, and how does it get a warning?
* `local_pages`: which file does a browser open?
* `pages`: how does a page look?
* `record`: what is in report.json?
* `report_folder`: how is any report written and read?
* `transfers`: where is the table of a transfer?
"""

__all__ = ["alignments", "comparisons", "evaluations", "local_pages", "pages", "record", "report_folder", "transfers"]
