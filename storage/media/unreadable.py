"""The error of decoders about bytes that are no recording; `storage.media.audio` names the file."""


class UnreadableError(Exception):
    """Bytes that do not decode, with the decoder's reason."""
