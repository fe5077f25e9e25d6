import base64
import hashlib
import os
import socket
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from ..controllers import upload as controller
from ..tools.audio_type import audio_type
from ..tools.partial_file import PartialFile
from ..tools.token_bucket import TokenBuckets
from ..tools.upload_piece import MAX_PIECE_BYTES, upload_piece
from .test_condition import fixture

WAV = b'RIFF\x24\x00\x00\x00WAVEfmt '
DIGEST = f'sha-256=:{base64.b64encode(bytes(32)).decode()}:'


@tagged('asterisk_plus')
class TestUploadPiece(TransactionCase):
    def test_what_is_understood(self):
        piece = upload_piece('bytes 10-19/30', 10, DIGEST, 100)
        self.assertEqual((piece.start, piece.length, piece.total, piece.sha256), (10, 10, 30, '00' * 32))
        piece = upload_piece('bytes */30', 0, DIGEST, 100)
        self.assertEqual((piece.start, piece.length, piece.total), (None, 0, 30))

    def test_what_is_refused(self):
        for content_range, length, digest in (
            (None, 10, DIGEST),
            ('bytes 0-9', 10, DIGEST),
            ('bytes 0-9/*', 10, DIGEST),
            ('bytes 9-0/30', 10, DIGEST),
            ('bytes 0-9/5', 10, DIGEST),
            ('bytes 0-9/101', 10, DIGEST),
            ('bytes 0-9/30', 11, DIGEST),
            ('bytes 0-9/30', 0, DIGEST),
            (f'bytes 0-{"9" * 16}/30', 10, DIGEST),
            ('bytes 0-9/30', 10, None),
            ('bytes 0-9/30', 10, 'sha-256=:!!!!:'),
            ('bytes 0-9/30', 10, 'md5=:AAAA:'),
        ):
            with self.subTest(content_range=content_range, length=length), self.assertRaises(ValueError):
                upload_piece(content_range, length, digest, 100)
        most = MAX_PIECE_BYTES
        upload_piece(f'bytes 0-{most - 1}/{most}', most, DIGEST, most * 2)
        with self.assertRaises(ValueError):
            upload_piece(f'bytes 0-{most}/{most + 1}', most + 1, DIGEST, most * 2)


@tagged('asterisk_plus')
class TestAudioType(TransactionCase):
    def test_by_the_first_bytes_not_by_the_name(self):
        for name, head, expected in (
            ('a.wav', WAV, 'audio/wav'),
            ('a.html', WAV, 'audio/wav'),
            ('a.ogg', b'OggS', 'audio/ogg'),
            ('a.mp3', b'\xff\xfb\x90', 'audio/mpeg'),
            ('a.gsm', b'\xd2\x00', 'application/octet-stream'),
            ('a.ulaw', b'<script>', 'application/octet-stream'),
            ('a.wav', b'<html>', None),
            ('a.wav', b'', None),
            ('a.svg', b'<svg', None),
        ):
            self.assertEqual(audio_type(name, head), expected, name)


@tagged('asterisk_plus')
class TestPartialFile(TransactionCase):
    def test_it_grows_and_goes(self):
        with tempfile.TemporaryDirectory() as folder:
            part = PartialFile(os.path.join(folder, 'below'), '1')
            self.assertEqual((part.size(), part.head()), (0, b''))
            part.append(b'abcd')
            part.append(b'ef')
            self.assertEqual((part.size(), part.head(5)), (6, b'abcde'))
            self.assertEqual(part.digests()[0], hashlib.sha256(b'abcdef').hexdigest())
            part.remove()
            part.remove()
            self.assertEqual(os.listdir(os.path.join(folder, 'below')), [])


@tagged('asterisk_plus', '-at_install', 'post_install')
class TestUpload(HttpCase):
    def setUp(self):
        super().setUp()
        self.server = self.env['asterisk_plus.server'].create(
            {'name': 'hq', 'pbx': 'upload_hq', 'odoo_url': self.base_url()}
        )
        buckets = TokenBuckets(per_second=0.001, burst=3)
        self.startPatcher(patch.object(controller, 'wrong_tokens', buckets))
        self.upload, self.address = self.open()

    def open(self, kind='recording', name='call.wav'):
        upload, address = self.env['asterisk_plus.upload']._make(self.server, kind, name)
        # Postcommit hooks do not run here.
        self.addCleanup(upload._part().remove)
        return upload, address

    def put(self, content, start=0, end=None, url=None, sha256=None, **headers):
        piece = content[start:end]
        digest = base64.b64encode(sha256 or hashlib.sha256(content).digest()).decode()
        last = start + len(piece) - 1
        return self.url_open(
            url or self.address['url'],
            method='PUT',
            data=piece,
            headers={
                'Content-Type': 'application/octet-stream',
                'Content-Range': f'bytes {start}-{last}/{len(content)}',
                'Repr-Digest': f'sha-256=:{digest}:',
                **headers,
            },
            timeout=30,
        )

    def get(self, url=None):
        return self.url_open(url or self.address['url'], timeout=30)

    def attachment(self, upload=None):
        upload = upload or self.upload
        upload.invalidate_recordset()
        return upload.attachment_id

    def test_address_and_progress_are_as_the_agent_knows_them(self):
        known = fixture('upload-address.json')
        self.assertEqual(self.address.keys(), known.keys())
        self.assertEqual([type(self.address[key]) for key in ('url', 'database', 'max_bytes')], [str, str, int])
        self.assertAlmostEqual(self.address['expires_at'], time.time() + 86_400, delta=120)
        self.put(WAV)
        done, expected = self.get().json(), fixture('upload-progress.json')
        self.assertEqual({key: type(done[key]) for key in done}, {key: type(expected[key]) for key in expected})

    def test_a_file_in_pieces_becomes_an_attachment_of_the_same_bytes(self):
        content = WAV + os.urandom(600_000)
        self.assertEqual(self.get().json(), {'offset': 0, 'done': False})
        first = self.put(content, 0, 250_000)
        self.assertEqual((first.status_code, first.json()), (202, {'offset': 250_000, 'done': False}))
        self.assertEqual(self.get().json(), {'offset': 250_000, 'done': False})
        last = self.put(content, 250_000)
        attachment = self.attachment()
        self.assertEqual(last.status_code, 200)
        self.assertEqual(
            last.json(), {'offset': len(content), 'done': True, 'attachment_id': attachment.id}
        )
        self.assertEqual(attachment.raw, content)
        self.assertEqual(attachment.mimetype, 'audio/wav')
        self.assertEqual(attachment.file_size, len(content))
        self.assertEqual(attachment.checksum, hashlib.sha1(content).hexdigest())
        self.assertEqual(self.upload.sha256, hashlib.sha256(content).hexdigest())

    def test_nobody_gets_at_it_before_it_is_given_to_a_record(self):
        self.put(WAV)
        self.authenticate('admin', 'admin')
        with mute_logger('odoo.http'):
            self.assertIn(self.url_open(f'/web/content/{self.attachment().id}').status_code, (403, 404))

    def test_the_last_answer_may_be_lost(self):
        content = WAV + b'x'
        self.put(content)
        self.assertTrue(self.get().json()['done'])
        again = self.put(WAV + b'another file')
        self.assertEqual((again.status_code, again.json()['done']), (200, True))
        self.assertEqual(self.attachment().raw, content)

    def test_a_piece_that_does_not_fit_is_told_where_to_go_on(self):
        content = WAV + os.urandom(1000)
        self.put(content, 0, 100)
        for start in (0, 50, 200):
            answer = self.put(content, start, start + 100)
            self.assertEqual((answer.status_code, answer.json()), (409, {'offset': 100, 'done': False}))
        self.assertEqual(self.put(content, 100).status_code, 200)

    def test_a_piece_whose_connection_is_cut_is_sent_again(self):
        content = WAV + os.urandom(500_000)
        self.put(content, 0, 100_000)
        address = urlsplit(self.address['url'])
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        head = (
            f'PUT {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n'
            f'Content-Type: application/octet-stream\r\nContent-Length: {len(content) - 100_000}\r\n'
            f'Content-Range: bytes 100000-{len(content) - 1}/{len(content)}\r\n'
            f'Repr-Digest: sha-256=:{digest}:\r\n'
        )
        with self.allow_requests(all_requests=True), mute_logger('odoo.http', 'werkzeug'):
            cookies = '; '.join(f'{name}={value}' for name, value in self.opener.cookies.items())
            with socket.create_connection((address.hostname, address.port), timeout=30) as cut:
                cut.sendall(f'{head}Cookie: {cookies}\r\n\r\n'.encode() + content[100_000:300_000])
                cut.shutdown(socket.SHUT_WR)
                # Until the server has dealt with it.
                while cut.recv(65536):
                    pass
        self.assertEqual(self.get().json()['offset'], 100_000)
        self.assertEqual(self.put(content, 100_000).status_code, 200)
        self.assertEqual(self.attachment().raw, content)

    def test_an_unknown_a_late_and_a_used_up_address(self):
        unknown = self.address['url'][:-4] + 'abcd'
        for answer in (self.get(unknown), self.put(WAV, url=unknown)):
            self.assertEqual(answer.status_code, 410)
            self.assertIn('unknown', answer.json()['error'])
        self.upload.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.upload.flush_recordset()
        self.assertEqual(self.put(WAV).status_code, 410)
        # Who goes on trying is made to wait; who has an address is not.
        self.assertEqual(self.get(unknown).status_code, 429)
        _other, address = self.open()
        self.assertEqual(self.get(address['url']).status_code, 200)

    def test_what_is_refused(self):
        self.assertEqual(self.put(b'<html><script>').status_code, 422, 'no recording')
        self.assertEqual(self.get().json()['offset'], 0)
        self.assertEqual(self.put(WAV, sha256=bytes(32)).status_code, 422, 'another file')
        self.assertEqual(self.get().json()['offset'], 0)
        self.upload.max_bytes = 3
        self.upload.flush_recordset()
        answer = self.put(WAV)
        self.assertEqual((answer.status_code, '3 is the most' in answer.json()['error']), (400, True))
        self.assertEqual(self.put(WAV, **{'Content-Range': 'bytes 0-5/6'}).status_code, 400)
        self.assertFalse(self.attachment())

    def test_only_get_and_put(self):
        with mute_logger('odoo.http'):
            self.assertEqual(self.url_open(self.address['url'], data=b'x').status_code, 405)

    def test_the_token_is_not_kept(self):
        token = self.address['url'].rsplit('/', 1)[1]
        self.assertGreaterEqual(len(token), 43)
        self.env.cr.execute('SELECT to_jsonb(u)::text FROM asterisk_plus_upload u WHERE id = %s', (self.upload.id,))
        self.assertNotIn(token, self.env.cr.fetchone()[0])

    def test_what_nobody_came_for_is_cleared_up(self):
        self.put(WAV)
        attachment = self.attachment()
        self.upload.expires_at = fields.Datetime.now() - timedelta(days=1)
        self.env['asterisk_plus.upload']._gc_expired()
        self.assertFalse(self.upload.exists() or attachment.exists())

    def test_a_copy_of_the_database_takes_nothing(self):
        sql = Path(__file__).parents[1] / 'data' / 'neutralize.sql'
        self.env.flush_all()
        self.env.cr.execute(sql.read_text())
        self.env.invalidate_all()
        self.assertEqual(self.get().status_code, 410)

    def test_a_recording_is_played_from_anywhere_in_it(self):
        channel = self.env['asterisk_plus.channel'].create(
            {'server_id': self.server.id, 'uniqueid': '1.1', 'recording_filename': '/monitor/a.wav'}
        )
        recording = self.env['asterisk_plus.recording'].search([('channel_id', '=', channel.id)])
        content = WAV + os.urandom(5000)
        self.put(content)
        self.attachment()
        recording._fetched(self.upload._give_to(recording), len(content))
        url = f'/web/content/{recording.attachment_id.id}'
        self.authenticate('admin', 'admin')
        whole = self.url_open(url)
        self.assertEqual((whole.status_code, whole.content), (200, content))
        part = self.url_open(url, headers={'Range': 'bytes=1000-1099'})
        self.assertEqual(part.status_code, 206)
        self.assertEqual(part.headers['Content-Range'], f'bytes 1000-1099/{len(content)}')
        self.assertEqual((part.content, part.headers['Content-Type']), (content[1000:1100], 'audio/wav'))
