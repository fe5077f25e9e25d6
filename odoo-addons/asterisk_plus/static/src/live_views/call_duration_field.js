import { browser } from "@web/core/browser/browser";
import { serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { clockTime, secondsSince } from "../phone/call_words";

import { Component, onWillUnmount, useState, xml } from "@odoo/owl";

/** Seconds as 1:15. */
export class SecondsField extends Component {
    static template = xml`<span class="font-monospace" t-esc="text"/>`;
    static props = standardFieldProps;

    get text() {
        return clockTime(this.props.record.data[this.props.name]);
    }
}

/** A call's duration, which counts up by itself while the call goes on; the view has `is_active` and `started`. */
export class CallDurationField extends SecondsField {
    setup() {
        this.time = useState({ now: 0 });
        const timer = browser.setInterval(() => this.isGoingOn && this.time.now++, 1000);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    get isGoingOn() {
        const { is_active, started } = this.props.record.data;
        return Boolean(is_active && started);
    }

    get text() {
        const counted = this.time.now >= 0 && this.isGoingOn;
        return counted ? clockTime(secondsSince(serializeDateTime(this.props.record.data.started))) : super.text;
    }
}

const fields = registry.category("fields");
fields.add("asterisk_plus_seconds", {
    component: SecondsField,
    displayName: _t("Seconds as minutes"),
    supportedTypes: ["integer"],
});
fields.add("asterisk_plus_duration", {
    component: CallDurationField,
    displayName: _t("Duration of a call"),
    supportedTypes: ["integer"],
});
