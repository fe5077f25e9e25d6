import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { CallState } from "../phone/call_state";
import { isPbxUser } from "../phone/phone_service";
import { Dialler } from "./dialler";

import { Component, useRef, useState } from "@odoo/owl";

/** The telephone in the systray; during a call it tells how that goes. */
export class DiallerMenu extends Component {
    static template = "asterisk_plus.DiallerMenu";
    static components = { CallState };
    static props = {};

    setup() {
        this.isPbxUser = isPbxUser();
        this.phone = useService("asterisk_plus.phone");
        this.state = useState(this.phone.state);
        this.button = useRef("button");
        this.popover = usePopover(Dialler, {
            position: "bottom-end",
            arrow: false,
            onClose: () => this.button.el?.focus(),
        });
    }

    get current() {
        const calls = Object.values(this.state.calls);
        return calls.find((call) => call.answered && call.is_active) ?? calls[0];
    }

    toggle() {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(this.button.el, {});
        }
    }
}

registry
    .category("systray")
    .add("asterisk_plus.dialler", { Component: DiallerMenu }, { sequence: 30 });
