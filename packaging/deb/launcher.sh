#!/bin/sh
# The agent with the Node that came with it; the authorities that this system trusts are trusted too.
exec /usr/lib/odoopbx-agent/node --use-system-ca /usr/lib/odoopbx-agent/app/agent.mjs "$@"
