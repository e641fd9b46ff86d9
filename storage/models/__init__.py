"""Models on disk: trainings and their checkpoints, exports, ONNX, MLflow runs, the models that are shipped.

* `addresses`: where do people reach Dagster and MLflow?
* `artifact_locations`: where does MLflow keep the files of runs?
* `champions`: which trained model is in use for a task, and why?
* `checkpoints`: where are the epochs, the state to resume from and the best model of a training?
* `devices`: which devices does a training have?
* `exported`: how is a model written into a folder of its own, and loaded from it?
* `mlflow_inputs`: which data did an MLflow run read?
* `mlflow_models`: which model did an MLflow run train?
* `mlflow_registry`: which versions, champion and challenger has MLflow's registry?
* `mlflow_reports`: what of a report is in MLflow?
* `mlflow_runs`: what is logged to MLflow?
* `onnx_export`: how does a Keras model become an ONNX file?
* `onnx_layers`: which layers are converted in another form?
* `onnx_network`: how is an ONNX file run without Keras?
* `record`: what is in model.json?
* `retrainings`: which retrainings are scheduled?
* `shipped`: which models come with mirliton?
* `sweeps`: which settings were tried, and how good were they?
* `trainings`: which trainings of a task are finished?
"""

__all__ = [
    "addresses",
    "artifact_locations",
    "champions",
    "checkpoints",
    "devices",
    "exported",
    "mlflow_inputs",
    "mlflow_models",
    "mlflow_registry",
    "mlflow_reports",
    "mlflow_runs",
    "onnx_export",
    "onnx_layers",
    "onnx_network",
    "record",
    "retrainings",
    "shipped",
    "sweeps",
    "trainings",
]
