"""What joins storage and science below the top of assets is there without dagster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("evaluation", "inference", "preparation", "training")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_no_dagster(room: str) -> None:
    names = sorted(path.stem for path in (ROOT / "assets" / room).glob("[a-z]*.py"))
    assert names
    program = (
        f"import sys; {'; '.join(f'import assets.{room}.{name}' for name in names)}; print('dagster' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
