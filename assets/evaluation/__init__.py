"""Evaluation of trained models on test tracks: scores of a model and of baselines, excerpts, interpretability.

* `class_baselines`: what do the baselines of a classification predict?
* `classes`: how is a classification evaluated and reported?
* `comparison`: how do all systems of a task compare on the same tracks?
* `conventions`: which reports may be compared?
* `excerpts`: which seconds of which tracks are shown and played?
* `headline`: which two scores are compared first?
* `interpretability`: which figures show what a classification network uses?
* `lineage`: which files is a report made of?
* `model_states`: how do the trained models of a task stand?
* `notes`: how is a transcription evaluated and reported?
* `paired_scores`: which scores do two models have on the same tracks?
* `peers`: what scores have the MIDI files of other programs?
* `promotion`: does a challenger become the champion of its task?
* `report_fields`: what is in every report?
* `systems`: which systems of a task are there, and where is their comparison written?
* `standing`: is a model in use, since when, and by which rule?
* `transfer`: how well is another label predicted from the embeddings of a network?
"""

__all__ = [
    "class_baselines",
    "classes",
    "comparison",
    "conventions",
    "excerpts",
    "headline",
    "interpretability",
    "lineage",
    "model_states",
    "notes",
    "paired_scores",
    "peers",
    "promotion",
    "report_fields",
    "standing",
    "systems",
    "transfer",
]
