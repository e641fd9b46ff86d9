"""Figures as PNG bytes."""

from __future__ import annotations

import io
from typing import Any


def png(figure: Any, *, dpi: int = 110) -> bytes:
    """A matplotlib figure as a PNG picture."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
