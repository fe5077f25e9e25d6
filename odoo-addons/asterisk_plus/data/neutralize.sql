-- A copy of the database must not ring real phones.
UPDATE asterisk_plus_server SET api_key = NULL, door_url = NULL, lookup_key_sha256 = NULL;
UPDATE asterisk_plus_job SET state = 'cancelled' WHERE state = 'queued';
