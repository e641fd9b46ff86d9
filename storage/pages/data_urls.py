"""Contents of files as URLs that contain them, so that a page is one file."""

from __future__ import annotations

import base64


def data_url(content: bytes, media_type: str = "image/png") -> str:
    """A file as a URL that contains it (RFC 2397)."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
