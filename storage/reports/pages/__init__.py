"""HTML pages, each one file that needs nothing beside itself, and the model card in Markdown.

* `alignment`: how does the page of a dataset's alignments look?
* `card`: what does the card of an exported model contain?
* `class_report`: how does the report of a classification look?
* `comparison`: how does the table of all systems of a task look?
* `inspection`: how does the page of one track look?
* `note_report`: how does the report of a transcription look?
* `quarantine`: which tracks in quarantine share a line?
* `templates`: how is a Jinja template rendered, and which scripts may run on a page?
* `transfer`: how does the table of a transfer look?
"""

__all__ = [
    "alignment",
    "card",
    "class_report",
    "comparison",
    "inspection",
    "note_report",
    "quarantine",
    "templates",
    "transfer",
]
