import { _t } from "@web/core/l10n/translation";

/** States of a session (core/console/endpoint.ts; loading, asking, ended and failed are the action's own) in words. */
const STATES = {
    loading: _t("Loading …"),
    asking: _t("Asking the PBX for a console …"),
    connecting: _t("Connecting …"),
    waiting: _t("Waiting for the PBX …"),
    live: _t("Connected"),
    lost: _t("Connection lost, connecting again …"),
    failed: _t("No console"),
};

const ENDS = {
    closed: _t("Closed"),
    exited: _t("Asterisk's console has ended"),
    idle: _t("Closed: nothing was typed for long"),
    limit: _t("A limit of the PBX was reached"),
    refused: _t("The PBX refused"),
    expired: _t("No connection came about"),
    "peer-lost": _t("The connection was lost for too long"),
    protocol: _t("Ended by a fault in the connection"),
    shutdown: _t("The PBX's agent, or the way to it, was stopped"),
};

export function inWords(link) {
    if (link.name === "ended") {
        return ENDS[link.code] || ENDS.closed;
    }
    if (link.name === "waiting" && link.again) {
        return _t("The PBX's connection is lost, waiting for it …");
    }
    return STATES[link.name];
}

/** Bootstrap's name of a colour. */
export function toneOf(link) {
    if (link.name === "live") {
        return "success";
    }
    if (link.name === "failed") {
        return "danger";
    }
    if (link.name === "ended") {
        return ["closed", "exited"].includes(link.code) ? "secondary" : "danger";
    }
    return "warning";
}
