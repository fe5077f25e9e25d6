"""Checks a rule's condition: a part of Python's expressions over ``event``.

The agent on the PBX runs conditions and refuses what is not in the language (core/rules); this is the same
language, so that a bad condition is refused when it is saved. What both accept and refuse, and at which
column, is in core/contracts/fixtures/v1/conditions.json. No Odoo here.
"""

from .condition_tokens import OPERATORS, ConditionError, tokenize

MAX_DEPTH = 100

# Least and most arguments.
FUNCTIONS = {
    'len': (1, 1),
    'int': (0, 2),
    'float': (0, 1),
    'str': (0, 1),
    'any': (1, 1),
    'all': (1, 1),
    'bool': (0, 1),
}
METHODS = {
    'startswith': (1, 3),
    'endswith': (1, 3),
    'lower': (0, 0),
    'upper': (0, 0),
    'strip': (0, 1),
    'lstrip': (0, 1),
    'rstrip': (0, 1),
    'split': (0, 2),
    'replace': (2, 3),
    'find': (1, 3),
    'isdigit': (0, 0),
    'get': (1, 2),
    'keys': (0, 0),
}
CONSTANTS = ('None', 'True', 'False')
OPERATOR_NAMES = ('and', 'or', 'not', 'in', 'is', 'if', 'else')

VALUES = "a value is event['Header'], event.get('Header'), a text, a number, True, False, None, a list, tuple or set"
IDENTITY = '"is" takes None, True or False on its right; write == to compare'
ALLOWED_FUNCTIONS = 'the functions are ' + ', '.join(FUNCTIONS)
ALLOWED_METHODS = 'the methods are ' + ', '.join(METHODS)


def check_condition(source):
    """Raises ConditionError with the column and what is allowed there. An empty condition is fine."""
    if source.strip():
        _Parser(tokenize(source)).check()


class _Parser:
    """Recursive descent over Python's grammar. A method returns whether it read None, True or False alone:
    what may stand to the right of ``is``."""

    def __init__(self, tokens):
        self._tokens = tokens
        self._index = 0
        self._depth = 0

    def check(self):
        self._expressions()
        if self._token.kind != 'end':
            self._unexpected()

    @property
    def _token(self):
        return self._tokens[self._index]

    def _expressions(self, *closing):
        """One expression, or a tuple without parentheses."""
        constant = self._expression()
        while self._token.is_op(','):
            constant = False
            self._index += 1
            if self._token.kind == 'end' or self._token.is_op(*closing):
                break
            self._expression()
        return constant

    def _expression(self):
        """With a loop instead of a method per precedence: what is refused is the same, and a condition of
        MAX_DEPTH levels stays far below Python's own limit of recursion."""
        depth = self._depth
        self._deeper()
        constant = self._operands()
        while self._token.is_name('if'):
            constant = False
            self._index += 1
            self._operands()
            self._need_name('else')
            self._deeper()
            self._operands()
        self._depth = depth
        return constant

    def _operands(self):
        """Operands joined by binary operators."""
        operator = identity = None
        while True:
            constant = self._operand(may_be_not=operator is None or operator.is_name('and', 'or'))
            if operator and operator.is_name('is'):
                identity = operator
            # What stands to the right of "is" ends where the sum ends.
            sum_goes_on = self._token.is_op('+')
            if self._token.is_op('-'):
                self._unexpected()
            if identity and not sum_goes_on:
                if not constant or operator is not identity:
                    raise ConditionError(IDENTITY, identity.column)
                identity = None
            following = self._binary_operator()
            if following is None:
                return constant and operator is None
            operator = following

    def _operand(self, may_be_not):
        depth = self._depth
        if self._token.is_name('not') and not may_be_not:
            self._unexpected()
        while self._token.is_name('not') or self._token.is_op('-'):
            self._deeper()
            minus = self._token.is_op('-')
            self._index += 1
            if minus and self._token.is_name('not'):
                self._unexpected()
        constant = self._primary()
        plain = self._depth == depth
        self._depth = depth
        return constant and plain

    def _binary_operator(self):
        token = self._token
        if token.is_op('==', '!=', '<', '<=', '>', '>=', '+') or token.is_name('and', 'or', 'in'):
            self._index += 1
            return token
        if token.is_name('is'):
            self._index += 1
            self._index += self._token.is_name('not')
            return token
        if token.is_name('not'):
            if not self._tokens[self._index + 1].is_name('in'):
                self._unexpected()
            self._index += 2
            return token
        return None

    def _primary(self):
        constant = self._atom()
        while self._token.is_op('.', '[', '('):
            constant = False
            if self._token.is_op('('):
                raise ConditionError(
                    f'only functions and methods can be called; {ALLOWED_FUNCTIONS}', self._token.column
                )
            self._method() if self._token.is_op('.') else self._subscript()
        return constant

    def _method(self):
        self._index += 1
        name = self._token
        if name.kind != 'name':
            self._unexpected()
        if name.text not in METHODS:
            raise ConditionError(
                f"there is no .{name.text}; {ALLOWED_METHODS}; a header is event['Header']", name.column
            )
        self._index += 1
        self._call(name, METHODS[name.text])

    def _call(self, name, arity):
        if not self._token.is_op('('):
            raise ConditionError(f'{name.text} must be called: {name.text}(…)', name.column)
        self._index += 1
        count = 0
        while not self._token.is_op(')'):
            self._argument()
            count += 1
            if not self._token.is_op(','):
                break
            self._index += 1
        self._need_op(')')
        least, most = arity
        if not least <= count <= most:
            wanted = str(least) if least == most else f'{least} to {most}'
            raise ConditionError(f'{name.text} takes {wanted} arguments, not {count}', name.column)

    def _argument(self):
        following = self._tokens[min(self._index + 1, len(self._tokens) - 1)]
        if self._token.kind == 'name' and following.kind == 'refused' and following.message.startswith('"="'):
            raise ConditionError('there are no keyword arguments', self._token.column)
        self._expression()

    def _subscript(self):
        """An index, several of them, or one slice."""
        self._index += 1
        if not self._token.is_op(':'):
            self._expression()
        if self._token.is_op(':'):
            self._slice()
        elif self._token.is_op(','):
            self._index += 1
            if not self._token.is_op(']'):
                self._expressions(']')
        self._need_op(']')

    def _slice(self):
        for _ in range(2):
            if not self._token.is_op(':'):
                return
            self._index += 1
            if not self._token.is_op(':', ']', ','):
                self._expression()

    def _atom(self):
        token = self._token
        if token.kind == 'string':
            while self._token.kind == 'string':
                self._index += 1
            return False
        if token.kind == 'number':
            self._index += 1
            return False
        if token.kind == 'name':
            return self._named(token)
        if token.is_op('(', '[', '{'):
            return self._bracketed(token)
        return self._unexpected()

    def _named(self, token):
        name = token.text
        if name in OPERATOR_NAMES:
            self._unexpected()
        self._index += 1
        if name in CONSTANTS:
            return True
        if name in FUNCTIONS:
            self._call(token, FUNCTIONS[name])
        elif name != 'event':
            called = self._token.is_op('(')
            what = (
                f'there is no function {name}; {ALLOWED_FUNCTIONS}'
                if called
                else f'there is no {name}; {VALUES}'
            )
            raise ConditionError(what, token.column)
        return False

    def _bracketed(self, opening):
        closing = {'(': ')', '[': ']', '{': '}'}[opening.text]
        self._index += 1
        if self._token.is_op(closing):
            if opening.text == '{':
                self._refuse_dict(opening)
            self._index += 1
            return False
        if opening.text == '{' and self._token.kind == 'refused' and self._token.message.startswith('"**"'):
            self._refuse_dict(opening)
        constant = self._expressions(closing)
        if opening.text == '{' and self._token.is_op(':'):
            self._refuse_dict(opening)
        self._refuse_comprehension()
        self._need_op(closing)
        return constant and opening.text == '('

    def _refuse_dict(self, opening):
        raise ConditionError(f'there are no dicts; {VALUES}', opening.column)

    def _refuse_comprehension(self):
        if self._token.is_name('for', 'async'):
            raise ConditionError('there are no comprehensions', self._token.column)

    def _need_op(self, text):
        self._refuse_comprehension()
        if not self._token.is_op(text):
            self._unexpected(f'"{text}" is missing here')
        self._index += 1

    def _need_name(self, text):
        if not self._token.is_name(text):
            self._unexpected(f'"{text}" is missing here')
        self._index += 1

    def _unexpected(self, message=None):
        token = self._token
        if token.kind == 'refused':
            raise ConditionError(token.message, token.column)
        if token.kind == 'end':
            raise ConditionError(message or f'the condition is not finished; {VALUES}', token.column)
        if token.is_op('+', '-') or token.text in OPERATOR_NAMES:
            raise ConditionError(f'"{token.text}" is not expected here; {OPERATORS}', token.column)
        raise ConditionError(message or f'{token.text} is not expected here; {VALUES}', token.column)

    def _deeper(self):
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(f'more than {MAX_DEPTH} levels of nesting', self._token.column)
