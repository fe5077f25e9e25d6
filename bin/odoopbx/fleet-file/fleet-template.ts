/** What `odoopbx init` writes. Every setting of fleet.yaml with its meaning; what is optional is commented out. */
export function fleetTemplate({ name, region }: { name: string; region: string }): string {
  return `# The fleet: one platform in one AWS account and region, its tenants and their PBXs.
# Keep this file in git. No secret is in it: passwords and API keys are set by "odoopbx secret set".
# After a change: odoopbx deploy --diff, then odoopbx deploy --all

platform:
  # Begins the name of every AWS resource (1 to 16 of a-z, 0-9 and "-"): two platforms fit into one account.
  name: ${name}
  region: ${region}
  # Refuse credentials of any other account.
  # account: '123456789012'
  # Alarms are mailed there, once the subscription is confirmed.
  # alarmEmail: ops@example.com
  # Where PBXs get the agent's package (https); without it you install the package yourself.
  # packagesUrl: https://packages.example.com/odoopbx
  # Days that events are kept for "odoopbx replay", and logs.
  # archiveDays: 14
  # logDays: 30
  # X-Ray traces of the functions, part of the bill (docs/cost.md).
  # tracing: true
  # Cost allocation tags, on every resource.
  # tags:
  #   team: telephony

# One customer, one Odoo database, one or more PBXs each; "odoopbx add tenant" and "odoopbx add pbx" write
# entries like this one. Names are 1 to 24 of a-z, 0-9 and "-".
#   acme:
#     odoo:
#       url: https://acme.example.com
#       db: acme
#       # A user of the group "PBX server".
#       login: pbx
#       # Seconds for one call, 35 to 240.
#       # timeoutSeconds: 60
#       # For Odoo Online: at most so many calls begin in a second.
#       # callsPerSecond: 1
#     pbxs:
#       hq:
#       lab:
#         # Another Odoo user for this PBX, with a secret of its own.
#         odoo:
#           login: pbx_lab
#         # Click-to-call by Odoo's "Send Webhook Notification", with no addon.
#         webhook:
#           phoneFields: [phone]
#           extensionField: x_extension
#           context: from-internal
#     # Only for an Odoo without the addon: with rules here those in Odoo are not asked for.
#     rules:
#       - id: cdr
#         name: Cdr
#         model: x_pbx_call
#         condition: event['Disposition'] == 'ANSWERED'
#         # An event that comes twice makes one record: the field to find it by.
#         key: x_uniqueid
#         values:
#           x_name: event['Source'] + ' > ' + event['Destination']
#           x_uniqueid: event['UniqueID']
tenants: {}
`;
}
