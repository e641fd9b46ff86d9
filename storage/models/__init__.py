"""Models on disk: trainings and their checkpoints, exports, ONNX, MLflow runs, the models that come along."""
