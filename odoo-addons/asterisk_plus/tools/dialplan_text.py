"""Texts from Odoo's records, as a dialplan may take them in: ``Set(CALLERID(name)=${CURL(…)})``."""

import unicodedata

# Beside letters, marks and digits of every script. Quotes, backslashes, brackets, braces and "$" would end an
# expression of the dialplan or begin another one; a line break would do so in whatever the answer is written to.
PUNCTUATION = frozenset(" .,'&()-_/+@#:!?*")


def dialplan_text(text, limit, without=''):
    """One line of at most ``limit`` characters; what is not allowed, or in ``without``, becomes a space."""
    kept = (character if _is_allowed(character) and character not in without else ' ' for character in text)
    return ' '.join(''.join(kept).split())[:limit].strip()


def _is_allowed(character):
    return character in PUNCTUATION or unicodedata.category(character)[0] in 'LMN'
