"""Recordings and their parts on several cores: the same files, the same lines in the same order, a clean end."""

# ruff: noqa: F811

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.cli.progress_bars import bars
from pipelines.cli.side_by_side import in_any_order, on_cores
from storage import progress
from storage.models import shipped
from storage.models.onnx_network import OnnxNetwork
from tests.pipelines.cli.test_commands import CHECKOUT, Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import files, model, tones  # noqa: F401


def test_files_and_lines_are_those_of_one_core_in_the_same_order(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    for number in range(6):
        tones(music / f"{number}.wav", sr=22050 + 1000 * number)
    (music / "2.wav").write_bytes(b"RIFF, but no more")
    data = (music / "4.wav").read_bytes()
    (music / "4.wav").write_bytes(data[: len(data) // 2])
    predict = OnnxNetwork.predict_on_batch

    def late_at_first(network: OnnxNetwork, features: object) -> object:
        time.sleep(0.2 * (not late.is_set()))
        late.set()
        return predict(network, features)

    monkeypatch.setattr(OnnxNetwork, "predict_on_batch", late_at_first)
    printed, written = {}, {}
    for jobs in (1, 3):
        late = threading.Event()
        out = tmp_path / f"out{jobs}"
        result = mirliton("transcribe", music, "-o", out, "--format", "csv", "-j", jobs)
        assert "Received: 1 of 6 failed." in result.error
        printed[jobs] = result.out.replace(str(out), "out").splitlines()
        written[jobs] = {name: (out / name).read_bytes() for name in files(out)}
    assert list(written[1]) == ["0.csv", "1.csv", "3.csv", "4.csv", "5.csv"]
    assert written[1] == written[3]
    lines = [[line for line in each if line.startswith((str(music), "out", "Expected"))] for each in printed.values()]
    assert lines[0] == lines[1]
    assert [line.split(":")[0][-5:] for line in lines[0] if not line.startswith("Expected")] == [
        "0.csv", "1.csv", "2.wav", "3.csv", "4.csv", "5.csv",
    ]  # fmt: skip


def test_an_interruption_ends_all_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """The second recording is predicted for ever; the first is written, and its line printed."""
    for name in ("a", "b", "c"):
        tones(tmp_path / "music" / f"{name}.wav")
    program = (
        "import sys, time; from pathlib import Path; from storage.models import shipped\n"
        "from storage.models.onnx_network import OnnxNetwork; predict = OnnxNetwork.predict_on_batch\n"
        "n = []\n"
        "def once(network, features):\n"
        "    n.append(1)\n"
        "    while len(n) > 1 and not Path(sys.argv[0] + '.interrupted').exists(): time.sleep(0.02)\n"
        "    return predict(network, features)\n"
        "OnnxNetwork.predict_on_batch = once\n"
        "shipped.HERE = Path(sys.argv.pop(1)); sys.argv[0] = sys.argv.pop(1)\n"
        "from pipelines.cli.main import main; main()"
    )
    out, name = tmp_path / "out", str(tmp_path / "mirliton")
    arguments = [str(shipped.HERE), name, "transcribe", str(tmp_path / "music"), "-o", str(out), "-j", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT,
        text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # fmt: skip
        while not (out / "a.mid").exists() and not (out / "b.mid").exists():
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)  # Until its line is there as well.
        os.kill(process.pid, signal.SIGINT)
        Path(f"{name}.interrupted").touch()
        printed, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "Interrupted. What is finished is kept.\n"
    (done,) = files(out)
    assert f"{done}: " in printed


def test_a_failure_while_files_are_written_leaves_no_thread(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise LookupError("no such disk")

    for name in ("a", "b", "c", "d"):
        tones(tmp_path / "music" / f"{name}.wav")
    monkeypatch.setattr("pipelines.cli.recordings.write_output", full)
    before = threading.active_count()
    with pytest.raises(LookupError, match="no such disk") as failure:
        mirliton("transcribe", tmp_path / "music", "-o", tmp_path / "out", "-j", 3)
    assert threading.active_count() == before, failure


def test_items_end_with_the_first_exception_and_no_thread_is_left() -> None:
    before = threading.active_count()

    def fails(item: int, over: object) -> int:
        if item == 3:
            raise LookupError("the fourth")
        return item

    with pytest.raises(LookupError, match="the fourth"):
        list(in_any_order(fails, range(50), 2))
    assert threading.active_count() == before


@pytest.mark.parametrize("n_cores", [1, 2, 5])
def test_every_item_is_processed_once_on_any_number_of_cores(n_cores: int) -> None:
    found = list(in_any_order(lambda item, over: (item, list(over(abs, [-item, item]))), range(7), n_cores))
    assert sorted(found) == [(item, [item, item]) for item in range(7)]
    with on_cores(n_cores) as over:
        assert list(over(abs, [-1, 2])) == [1, 2]


def test_the_bar_of_a_summed_stage_counts_all_that_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []

    class Shown:
        def __enter__(self) -> Shown:
            return self

        def __exit__(self, *_: object) -> None: ...

        def add_task(self, stage: str, **_: object) -> str:
            return stage

        def update(self, _: str, *, completed: int, total: int, note: str) -> None:
            shown.append((completed, total))

    monkeypatch.setattr("pipelines.cli.progress_bars.Progress", lambda *_, **__: Shown())
    with bars(summed=["seconds"]):
        for name, done, total in (("a", 1, 10), ("b", 2, 5), ("a", 7, 10)):
            progress.report("seconds", done, total, name)
        progress.report("files", 1, 2, "a")
        progress.report("files", 2, 2, "b")
    assert shown == [(1, 10), (3, 15), (9, 15), (1, 2), (2, 2)]
