import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ASK_EVERY_MS = 1500;

/**
 * Plays a recording. One that is still on the PBX is asked for by the first click, and plays when it has come.
 */
export class RecordingPlayer extends Component {
    static template = "asterisk_plus.RecordingPlayer";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        // What has come since the record was read.
        this.news = useState({ state: null, attachmentId: null, error: null });
        this.isGone = false;
        onWillUnmount(() => {
            this.isGone = true;
            browser.clearTimeout(this.timer);
        });
    }

    get state() {
        return this.news.state || this.props.record.data.state;
    }

    get attachmentId() {
        const value = this.props.record.data[this.props.name];
        return this.news.attachmentId || (value && (value.id || value[0])) || null;
    }

    get url() {
        return `/web/content/${this.attachmentId}`;
    }

    get isFetched() {
        return this.state === "fetched" && Boolean(this.attachmentId);
    }

    /** It came after a click, which is what a browser wants before it plays. */
    get playsAtOnce() {
        return Boolean(this.news.attachmentId);
    }

    get isDeleted() {
        return this.props.record.data.is_deleted && !this.attachmentId;
    }

    async fetch() {
        this.news.state = "fetching";
        try {
            await this.orm.call("asterisk_plus.recording", "action_fetch", [[this.props.record.resId]]);
        } catch (error) {
            this.news.state = null;
            throw error;
        }
        this.look();
    }

    look() {
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.ask(), ASK_EVERY_MS);
    }

    async ask() {
        const fields = ["state", "attachment_id", "error"];
        const [found] = await this.orm.silent.read("asterisk_plus.recording", [this.props.record.resId], fields);
        if (this.isGone || !found) {
            return;
        }
        if (found.state === "fetching") {
            this.look();
            return;
        }
        this.news.state = found.state;
        this.news.attachmentId = found.attachment_id ? found.attachment_id[0] : null;
        this.news.error = found.error;
        if (found.state === "failed") {
            this.notification.add(found.error || "", { title: _t("Recording"), type: "warning" });
        }
    }
}

registry.category("fields").add("asterisk_plus_recording", {
    component: RecordingPlayer,
    supportedTypes: ["many2one"],
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "error", type: "char" },
        { name: "is_deleted", type: "boolean" },
    ],
});
