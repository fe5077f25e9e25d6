from odoo import api, models


class PbxUser(models.Model):
    _inherit = 'asterisk_plus.user'

    @api.model
    def _people_of(self, server, story):
        """Who the channels and the dialled number of a call belong to.

        By the name of the channel alone: a caller's number may be forged.
        """
        peers = {channel.peer for channel in story.ends}
        extens = {peer.partition('/')[2] for peer in peers} | {story.exten}
        channels = self.env['asterisk_plus.user_channel'].search(
            [('server_id', '=', server.id), ('name', 'in', sorted(peers)), ('pbx_user_id.active', '=', True)]
        )
        by_exten = self.search([('server_id', '=', server.id), ('exten', 'in', sorted(extens - {''}))])
        return People(
            {channel.name: channel.pbx_user_id for channel in channels},
            {pbx_user.exten: pbx_user for pbx_user in by_exten},
        )


class People:
    """Pure look-ups; users are ids, 0 where there is nobody."""

    def __init__(self, by_channel, by_exten):
        self._by_channel = by_channel
        self._by_exten = by_exten
        pbx_users = [*by_channel.values(), *by_exten.values()]
        self._names = {pbx_user.user_id.id: pbx_user.user_id.name for pbx_user in pbx_users}

    def pbx_user(self, channel):
        """Of a channel; without a telephone of that name, who has its endpoint's name as extension."""
        if channel is None:
            return None
        return self._by_channel.get(channel.peer) or self._by_exten.get(channel.peer.partition('/')[2])

    def user(self, channel):
        found = self.pbx_user(channel)
        return found.user_id.id if found else 0

    def of_exten(self, exten):
        found = self._by_exten.get(exten)
        return found.user_id.id if found else 0

    def of_caller(self, story):
        if story.order and story.order[2].get('uid'):
            return int(story.order[2]['uid'])
        return self.user(story.first)

    def exten(self, story):
        found = self.pbx_user(story.first)
        return found.exten if found else ''

    def name(self, user_id):
        return self._names.get(user_id, '') if user_id else ''

    def words(self, channel):
        return self.name(self.user(channel)) or channel.number or channel.peer

    def direction(self, story):
        if not self.of_caller(story):
            return 'in'
        called = story.called_at_first
        if any(map(self.user, called)):
            return 'internal'
        return 'internal' if not called and self.of_exten(story.exten) else 'out'
