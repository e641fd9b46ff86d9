"""The command ``demo``: the chain from audio to report, on the corpus that mirliton composes itself."""

from pipelines.cli.add import register
from pipelines.cli.backfill import print_preparation
from pipelines.cli.console import console
from pipelines.cli.progress_bars import bars
from pipelines.cli.scores import print_report
from storage import home, progress
from storage.corpora.registrations import Registration

TASK, MODEL = "piano_transcription", "bilstm"


def demo() -> None:
    """Compose a small corpus, prepare it, train the default transcriber on it, and report."""
    from pipelines.runs import materialise
    from storage.datasets.demo import generate

    root = home.home() / "corpora" / "demo"
    with bars():
        generate(root, on_done=lambda done, total: progress.report("composing the demo corpus", done, total))
    register(Registration("demo", "demo", str(root)))
    with bars():
        print_preparation("demo", materialise(f"prepare_{TASK}", partition="demo"))
    model, report = f"models/{TASK}/{MODEL}", f"reports/{TASK}/{MODEL}"
    with bars():
        finished = materialise(f"train_{TASK}", assets=[model, report], config={model: {"datasets": ["demo"]}})
    print_report(TASK, MODEL, finished.failed_checks)
    console.print("Next: mirliton transcribe RECORDING -o OUT, or mirliton ui")
