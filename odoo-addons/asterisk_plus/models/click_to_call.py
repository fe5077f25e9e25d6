import json
import re
import time
import uuid

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ..tools.channel_facts import Told
from .server import _moment
from .settings import debug

# How long one of several telephones rings before the next one does.
HUNT_SECONDS = 20
# After the ringing time, the latest that the next telephone may still begin to ring.
LATE_SECONDS = 60
CALLBACK = 'originate_call_response'

_dialable = re.compile(r'[+*#0-9A-Za-z_.-]{1,64}')
_channel = re.compile(r'[A-Za-z0-9]+/[A-Za-z0-9_.@:+*#/-]{1,120}')
_context = re.compile(r'[A-Za-z0-9_.-]{1,79}')
_model = re.compile(r'[a-z0-9_.]{1,128}')
_punctuation = re.compile(r'[\s()\u00a0/-]')


class Server(models.Model):
    """Calls that people make from Odoo: their own telephone rings, then the number is dialled."""

    _inherit = 'asterisk_plus.server'

    @api.model
    def originate_call(
        self, number, model=None, res_id=None, exten=None, channel=None, context=None, timeout=60
    ):
        """Rings ``channel`` (or ``PJSIP/<exten>``) and connects it with ``number``.

        Without both it rings the calling user's own telephones, one after the other until one is picked up; to
        choose a telephone or a context is for PBX admins and for code that runs as superuser.
        Answers at once with the id of the call's record (``asterisk_plus.call``); when Asterisk refuses, the
        record and the calling user are told why. ``model`` and ``res_id`` name the record that the number was
        taken from.
        """
        channel = str(channel or (f'PJSIP/{exten}' if exten else ''))
        # In a function of its own: _() takes a local variable named "context" for Odoo's.
        return self._originate(number, channel, context, timeout, model, res_id)

    def _originate(self, number, channel, dialplan, timeout, model, res_id):
        if not self.env.su and not self.env.user.has_group('asterisk_plus.group_pbx_user'):
            raise AccessError(_('Only PBX users may make calls.'))
        # Whose telephone rings, and what it may dial, is not for everybody to say.
        if (channel or dialplan) and not self.env.su:
            if not self.env.user.has_group('asterisk_plus.group_pbx_admin'):
                raise AccessError(_('Only PBX admins choose the telephone or the dialplan context.'))
        server = self or self._server_of_caller()
        if not server:
            raise UserError(_('There is no PBX server to make the call with.'))
        # The server may come from the context, which a remote caller chooses.
        company = server.sudo().company_id
        if not self.env.su and company and company not in self.env.user.company_ids:
            raise AccessError(_('This PBX server belongs to another company.'))
        number = server.sudo()._international(_punctuation.sub('', str(number or '')))
        if not _dialable.fullmatch(number):
            raise UserError(_('%s cannot be dialled.', number or _('An empty number')))
        if dialplan and not _context.fullmatch(dialplan):
            raise UserError(_('%s is no dialplan context.', dialplan))
        if not isinstance(timeout, (int, float)) or not 1 <= timeout <= 600:
            raise UserError(_('A telephone rings for 1 to 600 seconds.'))
        telephones = server._telephones_to_ring(channel, dialplan)
        document = self._checked_document(model, res_id)
        until = time.time() + timeout + LATE_SECONDS
        call = {'uid': self.env.uid, 'number': number, 'timeout': timeout, 'until': until, **document}
        return server._ring(call, telephones, []).id

    def _server_of_caller(self):
        user = self.env.user
        return user.asterisk_server or user.sudo().asterisk_plus_user_ids[:1].server_id.with_env(self.env)

    def _telephones_to_ring(self, channel, dialplan):
        if channel:
            if not _channel.fullmatch(channel):
                raise UserError(_('%s is no channel: one is named like PJSIP/101.', channel))
            return [{'channel': channel, 'context': dialplan or self.sudo().originate_context}]
        own = (
            self.env['asterisk_plus.user_channel']
            .sudo()
            .search(
                [
                    ('pbx_user_id.user_id', '=', self.env.uid),
                    ('pbx_user_id.active', '=', True),
                    ('server_id', '=', self.id),
                    ('originate_enabled', '=', True),
                ]
            )
        )
        if not own:
            raise UserError(
                _('You have no telephone that rings for your own calls. Ask your PBX admin for one.')
            )
        return [
            {
                'channel': telephone.name,
                'context': dialplan or telephone.originate_context or self.sudo().originate_context,
                **({'header': telephone.auto_answer_header} if telephone.auto_answer_header else {}),
            }
            for telephone in own
        ]

    def _checked_document(self, model, res_id):
        """The record that the number was taken from, if the calling user may see it."""
        if not model or not res_id:
            return {}
        if not _model.fullmatch(str(model)) or model not in self.env or not isinstance(res_id, int):
            raise UserError(_('There is no record %(id)s of a model %(model)s.', id=res_id, model=model))
        document = self.env[model].browse(res_id).exists()
        if hasattr(document, 'check_access'):
            document.check_access('read')
        else:  # Odoo 17
            document.check_access_rights('read')
            document.check_access_rule('read')
        return {'model': model, 'id': str(document.id)} if document else {}

    def _ring(self, call, telephones, rung):
        """Rings the first of the telephones; the others when it is not picked up. Returns the call's record,
        which is there before the first event. ``rung``: the Uniqueids of the telephones before."""
        telephone, rest = telephones[0], telephones[1:]
        channel_id, other_id = uuid.uuid4().hex, uuid.uuid4().hex
        seconds = min(call['timeout'], HUNT_SECONDS) if rest else call['timeout']
        action = {
            'Action': 'Originate',
            'Channel': telephone['channel'],
            'Context': telephone['context'],
            'Exten': call['number'],
            'Priority': '1',
            'Timeout': str(int(seconds * 1000)),
            'EarlyMedia': 'true',
            'CallerID': f'To: {call["number"]} <{call["number"]}>',
            'ChannelId': channel_id,
            'OtherChannelId': other_id,
            **_auto_answer(telephone),
        }
        self.local_job(
            'asterisk.manager_action',
            action,
            timeout=seconds + 6,
            res_model='asterisk_plus.server',
            res_method=CALLBACK,
            pass_back={
                'uid': call['uid'],
                'channel_id': channel_id,
                'call': call,
                'telephones': rest,
                'rung': [*rung, channel_id],
            },
            callback_style='positional',
        )
        facts = {key: str(call[key]) for key in ('uid', 'number', 'model', 'id') if key in call}
        told = Told(time.time()).fact(channel_id, 'originate', **facts).link(other_id, *rung)
        return self._note_call(told)

    def _note_call(self, told):
        call = self.env['asterisk_plus.channel'].sudo()._learn(self.sudo(), told)
        call._settle(_moment(told.at))
        return call

    @api.model
    def originate_call_response(self, data, pass_back):
        """The callback: Asterisk's answer comes when the telephone was picked up, or was not.

        ``pass_back`` of the developer guide's example holds ``uid`` alone: then the user is told why Asterisk
        did not make the call.
        """
        debug(self, 'Originate', data)
        if data[0]['Response'] != 'Error':
            return True
        message = data[0]['Message']
        if pass_back.get('channel_id'):
            self._check_agent()
            server = self.env.user.asterisk_server.sudo()
            if server._ring_next(pass_back, message):
                return True
        self.env.user.asterisk_plus_notify(message, uid=pass_back['uid'], warning=True)
        return True

    def _ring_next(self, pass_back, message):
        """Notes the failure; whether another telephone of the user rings now."""
        self._note_call(Told(time.time()).fact(pass_back['channel_id'], 'failed', reason=message[:256]))
        # Only after Asterisk's own word, and soon: of an interrupted or expired job nobody knows what rang, and no
        # telephone rings long after the click.
        if not message.startswith('Originate failed') or time.time() > pass_back['call'].get('until', 0):
            return False
        if not pass_back.get('telephones'):
            return False
        self._ring(pass_back['call'], pass_back['telephones'], pass_back['rung'])
        return True


def _auto_answer(telephone):
    name, _colon, value = telephone.get('header', '').partition(':')
    if not value:
        return {}
    if telephone['channel'].startswith('PJSIP/'):
        return {'Variable': [f'PJSIP_HEADER(add,{name})={value.strip()}']}
    return {'Variable': [f'SIPADDHEADER01={name}: {value.strip()}']}


class Job(models.Model):
    _inherit = 'asterisk_plus.job'

    def _give_up(self, state, error):
        done = super()._give_up(state, error)
        self._note_never_made(error)
        return done

    def action_cancel(self):
        queued = self.filtered(lambda job: job.state == 'queued')
        done = super().action_cancel()
        for job in queued.sudo():
            job._note_never_made(_('Cancelled'))
        return done

    def _note_never_made(self, reason):
        """A call that never reached the PBX has failed too."""
        body = json.loads(self.body)
        channel_id = (body.get('pass_back') or {}).get('channel_id')
        if body.get('res_method') != CALLBACK or not channel_id:
            return
        # The outbox reads what others commit meanwhile (READ COMMITTED): a door whose answer was lost may have taken
        # the job, and the call's events come in just now. Whoever is second waits, and adds to what the first one told.
        self.env.cr.execute(
            """
            SELECT call.id FROM asterisk_plus_call call
              JOIN asterisk_plus_channel channel ON channel.call_id = call.id
             WHERE channel.server_id = %s AND channel.uniqueid = %s FOR UPDATE OF call
            """,
            (self.server_id.id, channel_id),
        )
        self.env.invalidate_all()
        self.server_id._note_call(Told(time.time()).fact(channel_id, 'failed', reason=reason[:256]))
