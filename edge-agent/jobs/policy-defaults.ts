/*
 * What a PBX lets Odoo do unless its own configuration says otherwise. These are allow-lists: what is not
 * named is refused, because a new Asterisk brings new actions and applications.
 */

export const defaultFunctions = [
  'test.*',
  'agent.*',
  'recording.get_file',
  'asterisk.manager_action',
] as const;

/**
 * Reads of state, and control of calls and queues. Not here, on purpose: Command, ModuleLoad, Reload,
 * UpdateConfig and GetConfig (configuration holds secrets), Getvar and Setvar (reach dialplan functions),
 * DBPut and DBDel, AGI, MixMonitor (runs a command), Filter, UserEvent, DialplanExtensionAdd, PJSIPNotify.
 */
export const defaultActions = [
  'Ping', 'CoreStatus', 'CoreSettings', 'CoreShowChannels', 'Status', 'ListCommands',
  'Originate', 'CancelAtxfer', 'Hangup', 'Redirect', 'Atxfer', 'BlindTransfer', 'Bridge', 'Park',
  'ParkedCalls', 'Parkinglots', 'MuteAudio', 'PlayDTMF', 'AbsoluteTimeout', 'BridgeList', 'BridgeInfo',
  'ExtensionState', 'ExtensionStateList', 'DeviceStateList', 'PresenceState', 'PresenceStateList',
  'PJSIPShowEndpoints', 'PJSIPShowEndpoint', 'PJSIPShowContacts', 'PJSIPShowRegistrationsOutbound',
  'SIPpeers', 'SIPpeerstatus', 'IAXpeerlist', 'MailboxStatus', 'MailboxCount',
  'QueueStatus', 'QueueSummary', 'QueueAdd', 'QueueRemove', 'QueuePause', 'QueuePenalty',
  'ConfbridgeList', 'ConfbridgeListRooms', 'ConfbridgeMute', 'ConfbridgeUnmute', 'ConfbridgeKick',
] as const; // prettier-ignore

/**
 * Applications that Originate may run. They play, wait or connect; none runs a program, writes a file, listens
 * in on others or jumps into the dialplan (see checkApplication for their arguments). Dial is not here: give
 * an Originate a Context and Exten.
 */
export const defaultApplications = [
  'Answer', 'Busy', 'ConfBridge', 'Congestion', 'Echo', 'Hangup', 'Milliwatt', 'MusicOnHold', 'NoOp',
  'Park', 'ParkedCall', 'Playback', 'Playtones', 'Queue', 'Ringing', 'SayAlpha', 'SayDigits', 'SayNumber',
  'Wait',
] as const; // prettier-ignore

/** Dialplan functions that `Variable: FUNC(args)=value` may write; a `*` stands for the rest of the name. */
export const defaultVariables = [
  'CALLERID(*', 'CONNECTEDLINE(*', 'CDR(*', 'PJSIP_HEADER(add,*', 'CHANNEL(accountcode)',
  'CHANNEL(language)', 'CHANNEL(musicclass)', 'CHANNEL(userfield)',
] as const; // prettier-ignore

/**
 * Plain channel variables that make Asterisk run a program or steer a call into another context: refused
 * unless `policy.variables` names them.
 */
export const steeringVariables: ReadonlySet<string> = new Set([
  'MONITOR_EXEC', 'MONITOR_EXEC_ARGS', 'TRANSFER_CONTEXT', 'FORWARD_CONTEXT', 'GOTO_ON_BLINDXFR',
  'MACRO_CONTEXT', 'DYNAMIC_FEATURES', 'BRIDGE_FEATURES', 'PARKINGLOT', 'PARKINGDYNAMIC',
  'PARKINGDYNCONTEXT', 'PARKINGDYNEXTEN',
]); // prettier-ignore

/** Calls of dialplan functions that run programs, read files or reach out: never in Data or a Variable. */
export const dangerousCall =
  /(?<![A-Z_])(SHELL|EVAL|FILE|CURL|ENV|STAT|REALTIME\w*|DB|DB_DELETE|DB_KEYS|ODBC\w*|AST_CONFIG|IMPORT|SHARED|GLOBAL)\(/i;

/** Channel technologies that stream audio to any address: only where `policy.channels` names them. */
export const reachingTechnologies = /^(AudioSocket|UnicastRTP|MulticastRTP|WebSocket)\//i;

/** The headers of Originate. PreDialGoSub is not among them: it jumps into the dialplan. */
export const originateHeaders: ReadonlySet<string> = new Set([
  'action', 'channel', 'exten', 'context', 'priority', 'timeout', 'callerid', 'account', 'earlymedia',
  'async', 'codecs', 'channelid', 'otherchannelid', 'application', 'data', 'variable',
]); // prettier-ignore
