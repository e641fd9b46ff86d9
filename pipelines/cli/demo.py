"""The command ``demo``: the whole chain on the corpus that mirliton composes itself."""

from pipelines.cli.backfill import tell
from pipelines.cli.datasets import enrol
from pipelines.cli.progress_bars import bars, console
from pipelines.cli.train import show
from storage import home, progress
from storage.corpora.registrations import Registration

TASK, MODEL = "piano_transcription", "bilstm"


def demo() -> None:
    """Compose a small corpus, prepare it, train the default transcriber on it, and report."""
    from pipelines.runs import materialise
    from storage.datasets.demo import generate

    root = home.home() / "corpora" / "demo"
    with bars():
        generate(root, on_done=lambda done, total: progress.tell("composing the demo corpus", done, total))
    enrol(Registration("demo", "demo", str(root)))
    with bars():
        tell("demo", materialise(f"prepare_{TASK}", partition="demo"))
    model, report = f"models/{TASK}/{MODEL}", f"reports/{TASK}/{MODEL}"
    with bars():
        materialise(f"train_{TASK}", assets=[model, report], config={model: {"datasets": ["demo"]}})
    show(TASK, MODEL)
    console.print("Next: mirliton transcribe RECORDING -o OUT, or mirliton ui")


COMMANDS = (demo,)
