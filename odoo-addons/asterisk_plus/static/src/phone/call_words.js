import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** @typedef {"progress" | "answered" | "noanswer" | "busy" | "failed"} CallStatus */

const outcomes = {
    answered: () => _t("Answered"),
    noanswer: () => _t("No answer"),
    busy: () => _t("Busy"),
    failed: () => _t("Failed"),
};

/** What came of a call. */
export function outcome(call) {
    return outcomes[call.status]?.() ?? _t("Ended");
}

/** What a call is doing, or how it ended a moment ago. */
export function callWords(call) {
    if (call.is_active) {
        return call.answered ? _t("In call") : _t("Ringing");
    }
    return call.status === "answered" ? _t("Ended") : outcome(call);
}

/** Who is on the other side, as well as that is known. */
export function otherSide(call) {
    return call.partner?.name || call.name || call.number || _t("Unknown number");
}

export function secondsSince(moment) {
    return Math.max(0, Math.floor((Date.now() - deserializeDateTime(moment).toMillis()) / 1000));
}

/** 75 → "1:15", 3675 → "1:01:15" */
export function clockTime(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const rest = two(Math.floor(seconds) % 60);
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** How long ago, in the user's language: "5 minutes ago". */
export function timeAgo(moment) {
    return deserializeDateTime(moment).toRelative() ?? "";
}

/** Whether two spellings, one local and one international, may be the same number. */
export function sameNumber(one, other) {
    const digits = (number) => String(number || "").replace(/\D/g, "");
    const [short, long] = [digits(one), digits(other)].sort((a, b) => a.length - b.length);
    return short.length < 7 ? short === long : long.endsWith(short.slice(-7));
}
