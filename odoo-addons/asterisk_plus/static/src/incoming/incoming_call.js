import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { CallState } from "../phone/call_state";
import { otherSide, outcome, timeAgo } from "../phone/call_words";

import { Component } from "@odoo/owl";

/** Who calls, what was talked about before, and one click to the contact. */
export class IncomingCall extends Component {
    static template = "asterisk_plus.IncomingCall";
    static components = { CallState };
    static props = { popup: Object };

    setup() {
        this.phone = useService("asterisk_plus.phone");
        this.action = useService("action");
    }

    get call() {
        return this.props.popup.call;
    }

    get title() {
        return otherSide(this.call);
    }

    /** The number, and the name that the caller's network sent where the contact has another one. */
    get subtitle() {
        const { number, name, partner } = this.call;
        return [number, partner && name !== partner.name ? name : ""].filter(Boolean).join(" · ");
    }

    get label() {
        return _t("Incoming call from %s", this.title);
    }

    lastCall(call) {
        const words = call.outgoing ? _t("Outgoing") : _t("Incoming");
        return [`${words}: ${outcome(call)}`, call.user, timeAgo(call.started)].filter(Boolean).join(" · ");
    }

    open(model, id, context = {}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
            context,
        });
    }

    createContact() {
        const { name, number } = this.call;
        return this.open("res.partner", false, { default_name: name || number, default_phone: number });
    }

    close() {
        this.phone.closePopup(this.call.id);
    }

    hangUp() {
        return this.phone.hangUp(this.call.id);
    }
}
