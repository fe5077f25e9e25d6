"""Texts from outside, as PostgreSQL can store them."""

import json


def storable(text):
    """Without NUL and lone surrogates, which would fail the whole batch that they come in."""
    return text.replace('\0', '\ufffd').encode('utf-8', 'replace').decode()


def storable_json(value):
    return storable(json.dumps(value, indent=2, ensure_ascii=False))
