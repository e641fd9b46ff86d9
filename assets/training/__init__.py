"""Training of models on shards: the data of a task, training, ensembles, leakage between splits.

* `chance`: is a trained network better than a constant prediction, and if not, why?
* `dataset_shards`: which shards does a training read?
* `decodings`: by which thresholds is a finished training decoded, where they are chosen otherwise now?
* `earlier_models`: which trained models does a training begin with, or have targets of?
* `ensembles`: which trained models are joined to one?
* `leakage`: is a recording or work of one split in another, over several datasets?
* `recipe`: what determines a model?
* `recorded_settings`: by which settings was a finished model trained?
* `registration`: how is a trained model logged and registered in MLflow?
* `reproduction`: is the score of a training like those of others with its data and settings?
* `sweep`: which settings of a network are the best?
* `task_data`: what are the training examples of a task, and how is it validated?
* `time_limit`: when does a training stop, to go on later?
* `tracking`: what has MLflow of a training beside its metrics?
* `train`: how is a model trained, resumed, tracked and saved?
"""

__all__ = [
    "chance",
    "dataset_shards",
    "decodings",
    "earlier_models",
    "ensembles",
    "leakage",
    "recipe",
    "recorded_settings",
    "registration",
    "reproduction",
    "sweep",
    "task_data",
    "time_limit",
    "tracking",
    "train",
]
