"""The models of the page of recordings: each is loaded when a recording needs it, and applied to one at a time."""

from collections.abc import Mapping

from assets.inference.classifier import Classifier
from assets.inference.offered_models import OfferedModel
from assets.inference.recording_views import View, classification_view, transcription_view
from assets.inference.transcriber import Transcriber
from mir_models.inference.threads import Threads, one_by_one
from pipelines.servers.recording_jobs import Job
from storage import progress
from storage.media.sound_files import write_playable

DECODING, LOADING = "decoding the recording", "loading the model"
"""Stages of the progress before a model is applied."""
SOUND = "recording.flac"


class ModelWorker:
    """Applies models to recordings.

    Parameters
    ----------
    models : mapping of str to OfferedModel
        By task.
    most_seconds : float
        Length of a recording.
    n_threads : int
        Threads of one transcription.
    """

    def __init__(self, models: Mapping[str, OfferedModel], *, most_seconds: float, n_threads: int) -> None:
        self.models, self.most_seconds = models, most_seconds
        self._threads, self._loaded = Threads(n_threads), dict[str, Transcriber | Classifier]()

    def process(self, job: Job) -> View:
        """What the job's model finds in its recording; what is known before that is set in the job."""
        progress.report(DECODING, 0, 0)
        job.sound = write_playable(job.recording, job.folder / SOUND, most_seconds=self.most_seconds)
        progress.report(LOADING, 0, 0)
        model = self._model(job.task)
        if isinstance(model, Classifier):
            return classification_view(model, job.recording, job.sound, warn=job.warnings.append)
        over = self._threads.map if model.concurrent else one_by_one
        warn, follow = job.warnings.append, job.show
        return transcription_view(model, job.recording, job.sound, over=over, warn=warn, follow=follow)

    def stop(self) -> None:
        """End the threads with the windows that they are at."""
        self._threads.stop()

    def _model(self, task: str) -> Transcriber | Classifier:
        if task not in self._loaded:
            self._loaded[task] = self.models[task].load()
        return self._loaded[task]
