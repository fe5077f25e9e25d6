"""The headers of ``PUT /asterisk_plus/upload/<token>`` (core/contracts/upload.ts). Raises ValueError with a text for
who sends."""

import base64
import binascii
import re
from dataclasses import dataclass

# One piece is in memory at a time; the agent sends 1 MB.
MAX_PIECE_BYTES = 4 * 1024 * 1024

_range = re.compile(r'bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})')
_digest = re.compile(r'sha-256=:([A-Za-z0-9+/]{43}=):')


@dataclass(frozen=True)
class UploadPiece:
    # Where it begins; None: it holds nothing, the file is there already or empty.
    start: int | None
    length: int
    total: int
    sha256: str


def upload_piece(content_range, content_length, repr_digest, max_bytes):
    match = _range.fullmatch(content_range or '')
    if not match:
        raise ValueError('Content-Range must be "bytes <from>-<to>/<total>"')
    total = int(match[3])
    if total > max_bytes:
        raise ValueError(f'The file has {total} bytes; {max_bytes} is the most here')
    start = None if match[1] is None else int(match[1])
    length = 0 if start is None else int(match[2]) - start + 1
    if start is not None and (length < 1 or start + length > total):
        raise ValueError('Content-Range does not fit the file')
    if length > MAX_PIECE_BYTES:
        raise ValueError(f'Send at most {MAX_PIECE_BYTES} bytes at a time')
    if content_length != length:
        raise ValueError('Content-Length must be what Content-Range says')
    return UploadPiece(start, length, total, _sha256(repr_digest))


def _sha256(repr_digest):
    match = _digest.fullmatch(repr_digest or '')
    try:
        return base64.b64decode(match[1], validate=True).hex()
    except (TypeError, binascii.Error):
        raise ValueError('Repr-Digest must be "sha-256=:<base64>:"') from None
