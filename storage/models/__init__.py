"""Models on disk: trainings and their checkpoints, exports, ONNX, MLflow runs, the models that are shipped.

* `checkpoints`: where are the epochs, the state to resume from and the best model of a training?
* `devices`: which devices does a training have?
* `exported`: how is a model written into a folder of its own, and loaded from it?
* `mlflow_models`: which model did an MLflow run train?
* `mlflow_runs`: what is logged to MLflow?
* `onnx_export`: how does a Keras model become an ONNX file?
* `onnx_layers`: which layers are converted in another form?
* `onnx_network`: how is an ONNX file run without Keras?
* `record`: what is in model.json?
* `shipped`: which models come with mirliton?
"""

__all__ = [
    "checkpoints",
    "devices",
    "exported",
    "mlflow_models",
    "mlflow_runs",
    "onnx_export",
    "onnx_layers",
    "onnx_network",
    "record",
    "shipped",
]
