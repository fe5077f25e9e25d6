"""What a recording is, by its first bytes: never what a browser would run."""

import os

# Formats of Asterisk's without a header. Nothing plays them in a browser; they can be downloaded.
HEADERLESS = {
    '.alaw', '.al', '.ulaw', '.ul', '.pcm', '.mu', '.gsm', '.g722', '.g723', '.g726', '.g729', '.ilbc', '.siren7',
    '.siren14', '.sln', '.slin', '.sln12', '.sln16', '.sln24', '.sln32', '.sln44', '.sln48', '.sln96', '.sln192',
    '.raw', '.vox',
}  # fmt: skip


def audio_type(name, head):
    """The media type, or None for what is no recording."""
    if head[:4] == b'RIFF' and head[8:12] == b'WAVE':
        return 'audio/wav'
    if head[:4] == b'OggS':
        return 'audio/ogg'
    if head[:4] == b'fLaC':
        return 'audio/flac'
    if head[:3] == b'ID3' or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return 'audio/mpeg'
    if os.path.splitext(name)[1].lower() in HEADERLESS:
        return 'application/octet-stream'
    return None
