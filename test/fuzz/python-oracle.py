"""CPython as the oracle of the condition language.

Reads JSON lines from stdin: first a list of events, then {"c": condition, "e": index of its event}; answers each
with a JSON line: {"v": tagged value}, {"x": class of the exception}, or {"s": why} when the condition is not in
the language (not Python, or more Python than the language has; a reference checker over the syntax tree). An event
whose header Char is a character that this Python does not know yet is answered {"n": true}.
"""

import ast
import json
import sys
import unicodedata
import warnings

FUNCTIONS = {'len': (1, 1), 'int': (0, 2), 'float': (0, 1), 'str': (0, 1), 'any': (1, 1), 'all': (1, 1), 'bool': (0, 1)}
METHODS = {
    'startswith': (1, 3), 'endswith': (1, 3), 'lower': (0, 0), 'upper': (0, 0), 'strip': (0, 1), 'lstrip': (0, 1),
    'rstrip': (0, 1), 'split': (0, 2), 'replace': (2, 3), 'find': (1, 3), 'isdigit': (0, 0), 'get': (1, 2), 'keys': (0, 0),
}
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot)
BUILTINS = {'__builtins__': {name: getattr(__import__('builtins'), name) for name in FUNCTIONS}}


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def check(node):
    """Raises Refused unless the node and everything below it is in the language."""
    if isinstance(node, ast.Constant):
        value = node.value
        need(value is None or type(value) in (bool, int, float, str), 'constant')
        need(type(value) is not str or not any('\ud800' <= char <= '\udfff' for char in value), 'surrogate')
    elif isinstance(node, ast.Name):
        need(node.id == 'event', 'name')
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        each(node.elts)
    elif isinstance(node, ast.BoolOp):
        each(node.values)
    elif isinstance(node, ast.UnaryOp):
        need(isinstance(node.op, (ast.Not, ast.USub)), 'operator')
        check(node.operand)
    elif isinstance(node, ast.BinOp):
        need(isinstance(node.op, ast.Add), 'operator')
        each([node.left, node.right])
    elif isinstance(node, ast.Compare):
        for op, right in zip(node.ops, node.comparators):
            need(isinstance(op, COMPARISONS), 'operator')
            if isinstance(op, (ast.Is, ast.IsNot)):
                need(isinstance(right, ast.Constant) and (right.value is None or type(right.value) is bool), 'is')
        each([node.left, *node.comparators])
    elif isinstance(node, ast.IfExp):
        each([node.test, node.body, node.orelse])
    elif isinstance(node, ast.Subscript):
        check(node.value)
        if isinstance(node.slice, ast.Slice):
            each([part for part in (node.slice.lower, node.slice.upper, node.slice.step) if part])
        else:
            check(node.slice)
    elif isinstance(node, ast.Call):
        need(not node.keywords, 'keyword')
        if isinstance(node.func, ast.Name):
            arity = FUNCTIONS.get(node.func.id)
        else:
            need(isinstance(node.func, ast.Attribute), 'call')
            arity = METHODS.get(node.func.attr)
            check(node.func.value)
        need(arity and arity[0] <= len(node.args) <= arity[1], 'call')
        each(node.args)
    else:
        raise Refused(type(node).__name__)


def each(nodes):
    for node in nodes:
        check(node)


def as_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':'))


def tagged(value):
    kind = type(value)
    if kind in (list, tuple):
        return [kind.__name__, [tagged(item) for item in value]]
    if kind is set:
        return ['set', sorted((tagged(item) for item in value), key=as_text)]
    if kind in (int, float):
        return [kind.__name__, repr(value)]
    return [kind.__name__, value if value is None or kind in (str, bool) else None]


def answer(source, event):
    try:
        tree = ast.parse(source, mode='eval')
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {'s': type(error).__name__}
    try:
        check(tree.body)
        need('\\N{' not in source, 'named character')
    except Refused as error:
        return {'s': str(error)}
    try:
        return {'v': tagged(eval(compile(tree, 'condition', 'eval'), BUILTINS, {'event': event}))}
    except KeyError as error:
        # Slices are hashable since 3.12: event[1:2] raised a TypeError before.
        return {'x': 'TypeError' if isinstance(error.args[0], slice) else 'KeyError'}
    except Exception as error:
        return {'x': type(error).__name__}


def main():
    warnings.simplefilter('ignore')
    lines = iter(sys.stdin.buffer)
    events = json.loads(next(lines))
    for line in lines:
        case = json.loads(line)
        if unicodedata.category(events[case['e']].get('Char', 'A')) == 'Cn':
            print('{"n": true}')
            continue
        print(json.dumps(answer(case['c'].strip(), events[case['e']])))


main()
