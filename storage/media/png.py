"""PNG: matplotlib figures as the bytes of a picture."""

from __future__ import annotations

import io
from typing import Any


def png(figure: Any, *, dpi: int = 110) -> bytes:
    """A matplotlib figure as the bytes of a PNG file, without the version of matplotlib in it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
