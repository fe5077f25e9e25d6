import { browser } from "@web/core/browser/browser";
import { callWords, clockTime, secondsSince } from "./call_words";

import { Component, onWillUnmount, useState } from "@odoo/owl";

/** "Ringing", "In call 0:42", "Busy": goes on by itself. */
export class CallState extends Component {
    static template = "asterisk_plus.CallState";
    static props = { call: Object, pill: { type: Boolean, optional: true } };

    setup() {
        this.time = useState({ now: 0 });
        const timer = browser.setInterval(() => this.time.now++, 1000);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    get words() {
        return callWords(this.props.call);
    }

    get clock() {
        const { call } = this.props;
        return this.time.now >= 0 && call.is_active && call.answered
            ? clockTime(secondsSince(call.answered))
            : "";
    }

    get color() {
        const { call, pill } = this.props;
        return pill ? `rounded-pill px-2 small text-bg-${this.mood(call)}` : `text-${this.mood(call)}`;
    }

    mood(call) {
        if (call.is_active) {
            return call.answered ? "success" : "warning";
        }
        return call.status === "answered" ? "secondary" : "danger";
    }
}
