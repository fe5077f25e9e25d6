from odoo import api, models


class PbxUser(models.Model):
    _inherit = 'asterisk_plus.user'

    @api.model
    def _people_of(self, server, story):
        """Who the channels and the dialled number of a call belong to.

        By the name of the channel alone: a caller's number may be forged. One plain query, because every
        event asks this.
        """
        peers = {channel.peer for channel in story.ends}
        extens = {peer.partition('/')[2] for peer in peers} | {story.exten}
        for name in ('asterisk_plus.user', 'asterisk_plus.user_channel', 'res.users', 'res.partner'):
            self.env[name].flush_model()
        self.env.cr.execute(
            """
            SELECT telephone.name, pbx_user.exten, pbx_user.user_id, partner.name
              FROM asterisk_plus_user pbx_user
              JOIN res_users users ON users.id = pbx_user.user_id
              JOIN res_partner partner ON partner.id = users.partner_id
         LEFT JOIN asterisk_plus_user_channel telephone
                ON telephone.pbx_user_id = pbx_user.id AND telephone.name = ANY (%(peers)s)
             WHERE pbx_user.server_id = %(server)s AND pbx_user.active
               AND (telephone.id IS NOT NULL OR pbx_user.exten = ANY (%(extens)s))
            """,
            {'server': server.id, 'peers': sorted(peers), 'extens': sorted(extens - {''})},
        )
        return People(self.env.cr.fetchall())


class People:
    """Look-ups in rows of (channel or None, extension, user's id, user's name); 0 where there is nobody."""

    def __init__(self, rows):
        self._by_channel = {channel: (exten, user) for channel, exten, user, _name in rows if channel}
        self._by_exten = {exten: (exten, user) for _channel, exten, user, _name in rows}
        self._names = {user: name for _channel, _exten, user, name in rows}

    def user(self, channel):
        return self._telephone(channel)[1]

    def of_exten(self, exten):
        return self._by_exten.get(exten, ('', 0))[1]

    def of_caller(self, story):
        if story.order and story.order[2].get('uid'):
            return int(story.order[2]['uid'])
        return self.user(story.first)

    def exten(self, story):
        """The caller's extension."""
        return self._telephone(story.first)[0]

    def name(self, user_id):
        return self._names.get(user_id, '')

    def words(self, channel):
        return self.name(self.user(channel)) or channel.number or channel.peer

    def direction(self, story):
        if not self.of_caller(story):
            return 'in'
        called = story.called_at_first
        if any(map(self.user, called)):
            return 'internal'
        return 'internal' if not called and self.of_exten(story.exten) else 'out'

    def _telephone(self, channel):
        """(extension, user) of a channel; without a telephone of that name, who has its endpoint's name as
        extension."""
        if channel is None:
            return '', 0
        by_name = self._by_channel.get(channel.peer)
        return by_name or self._by_exten.get(channel.peer.partition('/')[2]) or ('', 0)
