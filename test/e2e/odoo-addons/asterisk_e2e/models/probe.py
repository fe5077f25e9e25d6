"""What the end-to-end tests see of Odoo's side: handlers that note what reached them, and methods that send
jobs as an Odoo developer's code would."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class Seen(models.Model):
    _name = "asterisk_e2e.seen"
    _description = "An event or a callback that reached Odoo"
    _order = "id"

    kind = fields.Char(index=True)
    key = fields.Char(index=True)
    payload = fields.Json()

    @api.model
    def note_event(self, event):
        self.create({"kind": "event", "key": self._key(event), "payload": event})

    @api.model
    def note_call_end(self, event):
        """The same for a second rule: what its condition let through."""
        self.create({"kind": "call_end", "key": self._key(event), "payload": event})

    @api.model
    def always_raise(self, event):
        raise ValueError("this handler always raises: %s" % self._key(event))

    @api.model
    def raise_until_mended(self, event):
        if not self.env["ir.config_parameter"].sudo().get_param("asterisk_e2e.mended"):
            raise ValueError("not mended yet: %s" % self._key(event))
        self.create({"kind": "mended", "key": self._key(event), "payload": event})

    @api.model
    def commit_itself(self, event):
        self.create({"kind": "commit", "key": self._key(event), "payload": event})
        self.env.cr.commit()

    @api.model
    def _key(self, event):
        return event.get("Uniqueid") or event.get("UniqueID") or event.get("Sequence") or ""

    @api.model
    def note_answer(self, result, pass_back):
        self.create({"kind": "answer", "key": (pass_back or {}).get("key"), "payload": result})

    @api.model
    def dial(self, server_id, action, key, notify_uid=None):
        server = self.env["asterisk_plus.server"].browse(server_id)
        server.local_job(
            "asterisk.manager_action",
            action,
            res_model=self._name,
            res_method="note_answer",
            res_notify_uid=notify_uid,
            res_notify_title="Call",
            pass_back={"key": key},
        )
        return True

    @api.model
    def dial_and_roll_back(self, server_id, action, key):
        self.dial(server_id, action, key)
        raise UserError("rolled back on purpose")

    @api.model
    def dial_twice_with_savepoint(self, server_id, action, key):
        """A savepoint that is rolled back, and run again: one call must ring."""
        try:
            with self.env.cr.savepoint():
                self.dial(server_id, action, key)
                raise UserError("the savepoint is rolled back on purpose")
        except UserError:
            self.dial(server_id, action, key)
        return True


class Counter(models.Model):
    _name = "asterisk_e2e.counter"
    _description = "One row that concurrent batches update"

    name = fields.Char()
    value = fields.Integer()

    @api.model
    def count(self, event):
        counter = self.search([("name", "=", event["Counter"])], limit=1)
        counter.value += 1
