"""Guards the transaction of a batch against the handlers that run in it.

- ``commit`` and ``rollback`` raise: a handler's commit would keep half a batch, its rollback would lose the
  keys that say what was processed.
- A serialization failure or deadlock that a handler swallowed is remembered: its effect is lost, so the
  batch must not count it as done. Other lock errors (``FOR UPDATE NOWAIT``) may be handled by the handler.
- Any other error of the database that a handler swallowed without a savepoint of its own has aborted the
  transaction: its savepoint is rolled back, so that the handler fails alone.
"""

from contextlib import contextmanager

from psycopg2 import errors

HOPELESS = (errors.SerializationFailure, errors.DeadlockDetected)


class HandlerEndsTransaction(RuntimeError):
    """A handler called commit() or rollback() on the cursor of the batch."""


class BatchGuard:
    _watched = ('commit', 'rollback', 'execute')

    def __init__(self, cr):
        self._cr = cr
        self._saved = {}
        self._error = None

    def __enter__(self):
        attributes = vars(self._cr)
        self._saved = {name: attributes[name] for name in self._watched if name in attributes}
        execute = self._cr.execute
        self._cr.commit = self._refusal('commit')
        self._cr.rollback = self._refusal('rollback')
        self._cr.execute = lambda *args, **kwargs: self._execute(execute, *args, **kwargs)
        return self

    def __exit__(self, *exc_info):
        for name in self._watched:
            delattr(self._cr, name)
        for name, value in self._saved.items():
            setattr(self._cr, name, value)

    @contextmanager
    def savepoint(self):
        """The cursor's savepoint, rolled back too where the aborted transaction refuses to release it."""
        savepoint = self._cr.savepoint()
        try:
            with savepoint:
                yield
        except Exception:
            if not savepoint.closed:
                savepoint.close(rollback=True)
            raise

    def check(self):
        """Raises the error that a handler swallowed, if one did."""
        if self._error is not None:
            raise self._error

    def _execute(self, execute, *args, **kwargs):
        try:
            return execute(*args, **kwargs)
        except HOPELESS as error:
            self._error = error
            raise

    def _refusal(self, what):
        def refuse(*args, **kwargs):
            raise HandlerEndsTransaction(
                f'A handler must not call cr.{what}(): it shares one transaction with the other events of its'
                ' batch. Odoo commits after the batch.'
            )

        return refuse
