"""Long runs: trainings of days, resumed again and again, whose data and code do not change under them.

A run is defined by a file of ``runs/``: which datasets, registered with which options and variants, which network,
which settings. Its home, a folder, has all that it is made of: a copy of the code of one commit, the definition,
recordings, stores, checkpoints. So what changes in the checkout afterwards changes nothing in the run::

    python -m experiments.long_runs data RUN --corpora FOLDER     its data, from MIDI and samples
    python -m experiments.long_runs train RUN --minutes 90        begin, or go on from the last epoch
    python -m experiments.long_runs state RUN                     epochs, scores, hours, time left
    python -m experiments.long_runs weights RUN FILE.keras        the weights of the last epoch, in 16 bits
    python -m experiments.long_runs export RUN FOLDER --licence WORDS     the finished model, evaluated, to be shipped

What was interrupted goes on by the same command. Where the home is gone, ``train RUN --from FILE.keras`` goes on from
such a file of weights, with a fresh optimizer at the learning rate of that epoch.

``definition``: what defines a run
``home``: the folder of a run
``code``: the copy of the code that a run uses
``processes``: commands of that code, ended at a limit of time
``preparation``: registering datasets and making their data
``training``: the command of a training, and its starts
``weights``: files of weights, and trainings that begin with one
``state``: how far a run is
``export``: the model of a finished run in a folder
"""

__all__ = ["code", "definition", "export", "home", "preparation", "processes", "state", "training", "weights"]
