import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { IncomingCall } from "./incoming_call";

import { Component, useState } from "@odoo/owl";

/** The popups of calls that ring at this user, the newest on top. */
export class IncomingCalls extends Component {
    static template = "asterisk_plus.IncomingCalls";
    static components = { IncomingCall };
    static props = {};

    setup() {
        this.phone = useService("asterisk_plus.phone");
        this.state = useState(this.phone.state);
        useHotkey("escape", () => this.phone.closePopup(this.popups[0].call.id), {
            isAvailable: () => this.popups.length > 0,
        });
    }

    get popups() {
        return Object.values(this.state.incoming).sort((a, b) => b.call.id - a.call.id);
    }
}

registry
    .category("main_components")
    .add("asterisk_plus.IncomingCalls", { Component: IncomingCalls, props: {} });
