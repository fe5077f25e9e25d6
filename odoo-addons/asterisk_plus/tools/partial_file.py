"""A file that arrives piece by piece. How much of it is there is said by the file itself, whatever became of the
transactions that wrote it."""

import hashlib
import os

BLOCK = 256 * 1024


class PartialFile:
    def __init__(self, folder, name):
        self.path = os.path.join(folder, name)

    def size(self):
        try:
            return os.stat(self.path).st_size
        except FileNotFoundError:
            return 0

    def append(self, content):
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        with open(self.path, 'ab') as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())

    def digests(self):
        """(SHA-256, SHA-1) as hex; the latter is how Odoo names files."""
        sha256, sha1 = hashlib.sha256(), hashlib.sha1()
        if self.size():
            with open(self.path, 'rb') as source:
                for block in blocks(source):
                    sha256.update(block)
                    sha1.update(block)
        return sha256.hexdigest(), sha1.hexdigest()

    def head(self, length=64):
        if not self.size():
            return b''
        with open(self.path, 'rb') as source:
            return source.read(length)

    def remove(self):
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass


def blocks(source):
    while block := source.read(BLOCK):
        yield block
