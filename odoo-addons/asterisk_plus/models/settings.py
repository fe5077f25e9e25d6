import json
import logging

_logger = logging.getLogger('odoo.addons.asterisk_plus.debug')


def debug(rec, *messages):
    """Traces what a handler or a callback got: ``debug(self, 'Originate', data)``.

    Written at level DEBUG, since events hold numbers and names; with the system parameter
    ``asterisk_plus.debug`` set, at level INFO.
    """
    wanted = rec.env['ir.config_parameter'].sudo().get_param('asterisk_plus.debug')
    level = logging.INFO if wanted else logging.DEBUG
    if _logger.isEnabledFor(level):
        _logger.log(level, '%s: %s', rec._name, ' '.join(_text(message) for message in messages))


def _text(message):
    return message if isinstance(message, str) else json.dumps(message, default=str, indent=2)
