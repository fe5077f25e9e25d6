{
    "name": "End-to-end probes of odoopbx-serverless",
    "summary": "Handlers and callers that the end-to-end tests look at; never for production",
    "version": "1.0",
    "author": "odoopbx-serverless",
    "license": "LGPL-3",
    "depends": ["asterisk_plus"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
