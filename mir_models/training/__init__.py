"""Training: fitting, callbacks, losses, numerical precision, normalisation, ensembles."""
