"""The tokens of the condition language. See condition.py.

Own, and not Python's ``tokenize``: that one's errors and positions differ from version to version, and the
agent on the PBX has to refuse the same conditions at the same column.
"""

import re

MAX_LENGTH = 4096

OPERATORS = (
    'the operators are == != < <= > >= in, not in, is None, is not None, and, or, not, if/else, +'
    ' and a leading -'
)

_space = re.compile(r'[ \t\f]+|#[^\r\n]*|\\(?:\r\n|\r|\n)')
_newline = re.compile(r'\r\n?|\n')
_name = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
_string_start = re.compile(r'([rubft]|[bft]r|r[bft])?("""|\'\'\'|"|\')', re.IGNORECASE)
_refused_operator = re.compile(
    r'(?!!=)(?:\.\.\.|<>|\*\*|//|<<|>>|:=|->|&&|\|\||===?|[-+*/%@&|^]=|[*/%@&|^~=!?;`$])'
)
_operator = re.compile(r'==|!=|<=|>=|[-<>+()\[\]{},:.]')

_digits = r'[0-9](?:_?[0-9])*'
_exponent = rf'[eE][+-]?{_digits}'
_number = re.compile(
    r'0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)'
    rf'|(?:(?:{_digits})?\.{_digits}|{_digits}\.)(?:{_exponent})?|{_digits}{_exponent}|{_digits}'
)
# Python lets a keyword follow a number without white space: 1if x else 2.
_after_number = re.compile(r'(?:and|else|for|i[fns]|not|or)|(?![A-Za-z0-9_\u0080-\U0010ffff])')
_leading_zero = re.compile(r'0[0_]*[1-9][0-9_]*')
_escape = re.compile(r'\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([xuUN])|(.))', re.DOTALL)


class ConditionError(ValueError):
    """A condition outside of the language. ``column`` is 1-based, in characters."""

    def __init__(self, message, column):
        super().__init__(f'{message} (column {column})')
        self.message = message
        self.column = column


class Token:
    """``kind``: name, op, string, number, end, or refused: reported when the parser gets there."""

    def __init__(self, kind, text, at, message=None):
        self.kind = kind
        self.text = text
        self.at = at
        self.message = message

    @property
    def column(self):
        return self.at + 1

    def is_op(self, *texts):
        return self.kind == 'op' and self.text in texts

    def is_name(self, *texts):
        return self.kind == 'name' and self.text in texts


def tokenize(source):
    """The tokens up to the first refused one; white space around the condition does not count."""
    if len(source) > MAX_LENGTH:
        raise ConditionError(f'a condition has at most {MAX_LENGTH} characters', MAX_LENGTH + 1)
    text = source.rstrip()
    at = len(text) - len(text.lstrip())
    tokens = []
    brackets = 0
    while True:
        while blank := _space.match(text, at) or (brackets > 0 and _newline.match(text, at)):
            at = blank.end()
        if at >= len(text):
            return [*tokens, Token('end', '', at)]
        token = _read(text, at)
        tokens.append(token)
        if token.kind == 'refused':
            return tokens
        brackets += token.is_op('(', '[', '{') - token.is_op(')', ']', '}')
        at += len(token.text)


def _read(text, at):
    if start := _string_start.match(text, at):
        return _read_string(text, at, start)
    word = _name.match(text, at)
    if text[at] > '\x7f' or (word and text[word.end() : word.end() + 1] > '\x7f'):
        return Token('refused', '', at, 'outside of texts a condition has plain ASCII characters only')
    if word:
        return Token('name', word.group(), at)
    if text[at] in '\r\n':
        return Token('refused', '', at, 'a second line is allowed within brackets only')
    if number := _number.match(text, at):
        return _read_number(text, at, number)
    refused = _refused_operator.match(text, at)
    if not (refused and refused.group() != '==') and (operator := _operator.match(text, at)):
        return Token('op', operator.group(), at)
    shown = refused.group() if refused else text[at]
    named = f'"{shown}"' if shown.isprintable() else 'a control character'
    hint = 'write == to compare' if shown == '=' else OPERATORS
    return Token('refused', '', at, f'{named} is not part of the condition language; {hint}')


def _read_number(text, at, number):
    if text[number.end() : number.end() + 1] in ('j', 'J'):
        return Token('refused', '', at, 'there are no imaginary numbers')
    if not _after_number.match(text, number.end()):
        return Token('refused', '', at, 'a number is written like 12, 1_000, 0x1f, 1.5 or 1e3')
    if _leading_zero.fullmatch(number.group()):
        return Token('refused', '', at, 'a decimal number has no leading zeros')
    return Token('number', number.group(), at)


def _read_string(text, at, start):
    prefix, quote = start.group(1) or '', start.group(2)
    end = _closing_quote(text, start.end(), quote)
    if end is None:
        return Token('refused', '', at, 'this text has no closing quote')
    if prefix.lower().strip('ru'):
        return Token('refused', '', at, f"there are no {prefix}'…' literals; a text is '…', \"…\" or r'…'")
    problem = '' if prefix.lower() == 'r' else _problem_of_escapes(text[start.end() : end])
    if problem:
        return Token('refused', '', at, problem)
    return Token('string', text[at : end + len(quote)], at)


def _closing_quote(text, at, quote):
    while at < len(text):
        if text[at] == '\\':
            at += 2
        elif text.startswith(quote, at):
            return at
        elif len(quote) == 1 and text[at] in '\r\n':
            return None
        else:
            at += 1
    return None


def _problem_of_escapes(body):
    for escape in _escape.finditer(body):
        digits = escape.group(1) or escape.group(2) or escape.group(3)
        if escape.group(4) == 'N':
            return 'no characters by name; write \\uXXXX'
        if escape.group(4) or (digits and int(digits, 16) > 0x10FFFF):
            return f'the escape {escape.group()[:2]} needs the hex digits of a Unicode character'
        if digits and 0xD800 <= int(digits, 16) <= 0xDFFF:
            return 'no escapes of surrogates; write \\U0001F600 or the character itself'
    return ''
