"""Which methods the outside may call, said in one way for every supported Odoo."""

import functools
import sys

from odoo import api
from odoo.exceptions import AccessError
from odoo.service import model as service_model


def refuse_rpc(method):
    """What ``api.private`` does, for Odoo 17: there every remote call comes from the module ``odoo.api``."""

    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        if sys._getframe(1).f_globals.get('__name__') == 'odoo.api':
            raise AccessError(
                f"Private methods (such as '{self._name}.{method.__name__}') cannot be called remotely."
            )
        return method(self, *args, **kwargs)

    guarded._api_private = True
    return guarded


private = getattr(api, 'private', None) or refuse_rpc


def public_method(model, name):
    """The function to be called as ``method(model, …)``.

    AccessError when it is private, AttributeError when there is none.
    """
    if hasattr(service_model, 'get_public_method'):
        return service_model.get_public_method(model, name)
    method = getattr(type(model), name, None)
    if name.startswith('_') or getattr(method, '_api_private', False):
        raise AccessError(f"Private methods (such as '{model._name}.{name}') cannot be called remotely.")
    if not callable(method):
        raise AttributeError(f"The method '{model._name}.{name}' does not exist")
    return method


def check_visible(records):
    """AccessError unless the caller may read all of them, whatever was read before with more rights."""
    if hasattr(records, 'check_access'):
        records.check_access('read')
    else:  # Odoo 17
        records.check_access_rights('read')
        records.check_access_rule('read')
