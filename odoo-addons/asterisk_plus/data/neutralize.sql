-- A copy of the database must not ring real phones.
UPDATE asterisk_plus_server SET api_key = NULL, door_url = NULL, lookup_key_sha256 = NULL;
UPDATE asterisk_plus_job SET state = 'cancelled' WHERE state = 'queued';
UPDATE asterisk_plus_upload SET expires_at = '1970-01-01' WHERE state = 'open';
