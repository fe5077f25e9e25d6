import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const ICONS = {
    waiting: "fa-circle-o-notch fa-spin text-muted",
    done: "fa-check text-success",
    failed: "fa-times text-danger",
    skipped: "fa-minus text-muted",
};
const PAUSE = 1000;

/** The steps of a connection test, asked for once a second until the test is over or the dialog closed. */
export class ConnectionTest extends Component {
    static template = "asterisk_plus.ConnectionTest";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ steps: [], problem: "" });
        onMounted(() => this.ask());
        onWillUnmount(() => {
            this.closed = true;
            clearTimeout(this.timer);
        });
    }

    async ask() {
        const { resModel, resId } = this.props.record;
        let isOver = false;
        try {
            const answer = await this.orm.silent.call(resModel, "steps", [[resId]]);
            this.state.steps = answer.steps;
            this.state.problem = "";
            isOver = answer.is_over;
        } catch (error) {
            // What Odoo itself refuses stays refused; a lost connection comes back.
            isOver = Boolean(error.data);
            this.state.problem = error.data?.message || _t("Odoo does not answer.");
        }
        if (!isOver && !this.closed) {
            this.timer = setTimeout(() => this.ask(), PAUSE);
        }
    }

    icon(step) {
        return ICONS[step.state];
    }

    label(step) {
        const labels = {
            waiting: _t("waiting"),
            done: _t("done"),
            failed: _t("failed"),
            skipped: _t("not reached"),
        };
        return labels[step.state];
    }
}

registry.category("view_widgets").add("asterisk_plus_connection_test", { component: ConnectionTest });
