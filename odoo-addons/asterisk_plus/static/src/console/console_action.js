import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";

import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";
import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { inWords, toneOf } from "./console_words";

const FONT_SIZE_KEY = "asterisk_plus.console_font_size";
const FONT_SIZES = { least: 8, usual: 14, most: 28 };

/**
 * The console of one PBX server, whose id is the action's active_id. The terminal and the protocol are in the bundle
 * `asterisk_plus.assets_console` (the checkout's folder browser/), fetched when the first console is opened.
 */
export class ConsoleAction extends Component {
    static template = "asterisk_plus.ConsoleAction";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Console");
    static path = "pbx-console";

    setup() {
        // The services themselves: the last call goes out while the component is being taken down.
        this.orm = this.env.services.orm;
        this.bus = useService("bus_service");
        this.root = useRef("root");
        this.screen = useRef("screen");
        this.searchInput = useRef("search");
        this.state = useState({
            link: { name: "loading" },
            server: "",
            notices: [],
            searching: false,
            found: null,
            fontSize: storedFontSize(),
            fullScreen: false,
        });
        this.session = null;
        this.gone = false;

        onWillStart(() => this.load());
        onMounted(() => this.mount());
        onWillUnmount(() => this.unmount());
    }

    get serverId() {
        return this.props.action.context.active_id;
    }

    get words() {
        return inWords(this.state.link);
    }

    get tone() {
        return toneOf(this.state.link);
    }

    get isOver() {
        return ["ended", "failed"].includes(this.state.link.name);
    }

    get foundText() {
        const { index, count } = this.state.found;
        if (count === 0) {
            return _t("nothing found");
        }
        return index < 0 ? _t("%s found", count) : _t("%(index)s of %(count)s", { index: index + 1, count });
    }

    async load() {
        try {
            await loadBundle("asterisk_plus.assets_console");
        } catch (error) {
            this.fail(error.message);
            return;
        }
        if (!window.asteriskPlusConsole) {
            this.fail(_t("This copy of the addon was installed without its console: npm run addons makes it."));
        }
    }

    mount() {
        if (this.isOver) {
            return;
        }
        this.console = window.asteriskPlusConsole.createConsole({
            element: this.screen.el,
            dark: cookie.get("color_scheme") === "dark",
            fontSize: this.state.fontSize,
            changed: (name) => this.changed(name),
            over: (end) => this.over(end),
            notice: (text) => this.notice(text),
            refusedInput: () => this.notice(_t("That was too much at once: nothing of it was typed.")),
            searchWanted: () => this.openSearch(),
            found: (index, count) => (this.state.found = { index, count }),
        });
        this.onRefused = (refused) => this.refused(refused);
        this.bus.subscribe("asterisk_plus.console_refused", this.onRefused);
        this.onFullScreen = () => {
            this.state.fullScreen = document.fullscreenElement === this.root.el;
        };
        document.addEventListener("fullscreenchange", this.onFullScreen);
        this.open();
    }

    unmount() {
        this.gone = true;
        if (!this.console) {
            return;
        }
        this.console.dispose();
        this.bus.unsubscribe("asterisk_plus.console_refused", this.onRefused);
        document.removeEventListener("fullscreenchange", this.onFullScreen);
    }

    // The session

    async open() {
        const { cols, rows } = this.console.terminal.size;
        this.state.link = { name: "asking" };
        this.session = null;
        this.wasLive = false;
        let session;
        try {
            session = await this.orm.call("asterisk_plus.server", "open_console", [[this.serverId], cols, rows]);
        } catch (error) {
            return this.fail(reasonOf(error));
        }
        this.session = session;
        if (this.gone) {
            return this.noteEnd("closed", "The window was closed.");
        }
        this.state.server = session.server;
        const refusal = window.asteriskPlusConsole.refusedAddress(session.url);
        if (refusal) {
            this.noteEnd("refused", refusal);
            return this.fail(refusal);
        }
        this.console.terminal.startAnew(
            _t("%(server)s, %(time)s", { server: session.server, time: new Date().toLocaleString() })
        );
        this.state.link = { name: "connecting" };
        this.console.start(session.url);
        this.console.terminal.focus();
    }

    changed(name) {
        this.state.link = { name, again: name === "waiting" && this.wasLive };
        this.wasLive ||= name === "live";
    }

    over({ code, reason }) {
        this.state.link = { name: "ended", code, reason };
        this.noteEnd(code, reason);
    }

    /** The audit log's part; where it does not get through, the PBX tells it. */
    noteEnd(code, reason) {
        const args = [[this.session.id], code, reason];
        this.orm.silent.call("asterisk_plus.console_session", "note_closed", args).catch(() => {});
    }

    refused({ id, reason }) {
        if (this.session?.id === id && !this.isOver && this.state.link.name !== "live") {
            this.console.close("refused");
            this.fail(reason);
        }
    }

    fail(reason) {
        this.state.link = { name: "failed", reason };
    }

    notice(text) {
        this.state.notices = [...this.state.notices.slice(-2), text];
    }

    dismissNotice(index) {
        this.state.notices.splice(index, 1);
    }

    end() {
        this.console.close("The user ended it.");
    }

    // The terminal

    copy() {
        if (!this.console.terminal.copy()) {
            this.notice(_t("Nothing is selected."));
        }
    }

    async paste() {
        try {
            this.console.terminal.paste(await browser.navigator.clipboard.readText());
            this.console.terminal.focus();
        } catch {
            this.notice(_t("The browser does not give the clipboard to a button here: Ctrl+Shift+V pastes."));
        }
    }

    changeFontSize(pixels) {
        const { least, most } = FONT_SIZES;
        this.state.fontSize = Math.min(Math.max(this.state.fontSize + pixels, least), most);
        browser.localStorage.setItem(FONT_SIZE_KEY, this.state.fontSize);
        this.console.terminal.setFontSize(this.state.fontSize);
    }

    async toggleFullScreen() {
        if (document.fullscreenElement) {
            await document.exitFullscreen();
        } else {
            await this.root.el.requestFullscreen();
        }
        this.console.terminal.focus();
    }

    // Search

    openSearch() {
        this.state.searching = true;
        this.state.found = null;
        // After it is there.
        browser.setTimeout(() => this.searchInput.el?.focus());
    }

    closeSearch() {
        this.state.searching = false;
        this.console.terminal.endSearch();
    }

    onSearchInput(ev) {
        this.console.terminal.search(ev.target.value, "next", true);
    }

    onSearchKey(ev) {
        ev.stopPropagation();
        if (ev.key === "Escape") {
            ev.preventDefault();
            this.closeSearch();
        } else if (ev.key === "Enter") {
            ev.preventDefault();
            this.searchAgain(ev.shiftKey ? "previous" : "next");
        }
    }

    searchAgain(direction) {
        this.console.terminal.search(this.searchInput.el.value, direction, false);
    }
}

function storedFontSize() {
    const { least, usual, most } = FONT_SIZES;
    const stored = Number(browser.localStorage.getItem(FONT_SIZE_KEY));
    return stored >= least && stored <= most ? stored : usual;
}

function reasonOf(error) {
    if (error instanceof RPCError) {
        return error.data?.message || error.message;
    }
    if (error instanceof ConnectionLostError) {
        return _t("Odoo is out of reach.");
    }
    throw error;
}

registry.category("actions").add("asterisk_plus.console", ConsoleAction);
