import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { CallState } from "../phone/call_state";
import { sameNumber } from "../phone/call_words";

import { Component, useState } from "@odoo/owl";

/** Beside a phone number: calls it, then shows what the call does. */
export class CallControl extends Component {
    static template = "asterisk_plus.CallControl";
    static components = { CallState };
    static props = {
        number: String,
        model: String,
        resId: { type: [Number, Boolean], optional: true },
        label: { type: Boolean, optional: true },
    };

    setup() {
        this.phone = useService("asterisk_plus.phone");
        this.state = useState(this.phone.state);
        this.own = useState({ dialling: false });
    }

    /** The user's call with this number, if it belongs to this record. */
    get call() {
        const { model, resId, number } = this.props;
        return Object.values(this.state.calls).find(
            (call) =>
                sameNumber(call.number, number) &&
                ((call.model === model && call.res_id === resId) ||
                    (model === "res.partner" && call.partner?.id === resId))
        );
    }

    get title() {
        return _t("Call %s", this.props.number);
    }

    async dial() {
        if (this.own.dialling) {
            return;
        }
        this.own.dialling = true;
        try {
            await this.phone.dial(this.props.number, this.props);
        } finally {
            this.own.dialling = false;
        }
    }

    hangUp() {
        return this.phone.hangUp(this.call.id);
    }
}
