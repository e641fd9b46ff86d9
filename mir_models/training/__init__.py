"""Training: Keras models fitted on batches of examples, resumable exactly after each epoch.

params: which parameters has a training?
fit: how is a network compiled and trained?
search_space: values of settings that a sweep tries
run: history of a run, its best epoch, when it is over
variables: weights, optimizer and seeds as arrays; moving average of weights
chance: scores of a constant prediction, and whether a network's are above them
diagnosis: what hinders a network that is not above chance, and the remedy
distillation: a share of the targets from a trained network
distribution: training on several devices
even_batches: batches filled up to a multiple of the devices
callbacks: validation, early stopping and the state to resume from, after each epoch
losses: losses of the heads of a transcriber
normalisation: mean and variance of the train features
precision: a network of mixed precision as one of float32
ensembles: one network of several, the mean of their probabilities
"""

__all__ = [
    "callbacks",
    "chance",
    "diagnosis",
    "distillation",
    "distribution",
    "ensembles",
    "even_batches",
    "fit",
    "losses",
    "normalisation",
    "params",
    "precision",
    "run",
    "search_space",
    "variables",
]
