import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { CallState } from "../phone/call_state";
import { otherSide, outcome, timeAgo } from "../phone/call_words";

import { Component, onWillStart, useState } from "@odoo/owl";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** The telephone under the systray's icon: keypad, own calls, last calls. */
export class Dialler extends Component {
    static template = "asterisk_plus.Dialler";
    static components = { CallState };
    static props = { close: Function };

    setup() {
        this.phone = useService("asterisk_plus.phone");
        this.action = useService("action");
        this.state = useState(this.phone.state);
        this.own = useState({ number: "", dialling: false, recent: [] });
        this.input = useAutofocus({ refName: "number" });
        this.keys = KEYS;
        onWillStart(async () => {
            this.own.recent = await this.phone.recentCalls();
        });
    }

    get calls() {
        return Object.values(this.state.calls);
    }

    press(key) {
        this.own.number += key;
        this.input.el?.focus();
    }

    erase() {
        this.own.number = this.own.number.slice(0, -1);
        this.input.el?.focus();
    }

    async dial(number, from) {
        if (!number.trim() || this.own.dialling) {
            return;
        }
        this.own.dialling = true;
        try {
            if (await this.phone.dial(number, from)) {
                this.own.number = "";
            }
        } finally {
            this.own.dialling = false;
        }
    }

    callBack(call) {
        const from = call.partner ? { model: "res.partner", resId: call.partner.id } : {};
        return this.dial(call.number, from);
    }

    icon(call) {
        if (call.outgoing) {
            return "fa-arrow-up text-muted";
        }
        return call.status === "answered" ? "fa-arrow-down text-success" : "fa-arrow-down text-danger";
    }

    callBackTitle(call) {
        return _t("Call %s", call.number);
    }

    otherSide(call) {
        return otherSide(call);
    }

    details(call) {
        return `${outcome(call)} · ${timeAgo(call.started)}`;
    }

    openCall(call) {
        this.props.close();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "asterisk_plus.call",
            res_id: call.id,
            views: [[false, "form"]],
        });
    }

    openAll() {
        this.props.close();
        this.action.doAction("asterisk_plus.call_action", { clearBreadcrumbs: true });
    }
}
