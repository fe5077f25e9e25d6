import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

import { reactive } from "@odoo/owl";

/** How long the end of a call stays visible. */
const LINGER_MS = 8000;
/** A new connection hears nothing until the server has taken its subscription. */
export const SUBSCRIBED_MS = 1500;
const LIVE_CHANNEL = "asterisk_plus.calls";

/** Whether the signed-in user may make calls. */
export const isPbxUser = () => Boolean(session.asterisk_plus_user);

/**
 * The signed-in user's calls: what the systray, the phone fields and the popups show. The server tells of each
 * change; after a lost connection all is asked for anew.
 */
export const phoneService = {
    dependencies: ["bus_service", "notification", "orm"],
    start(env, { bus_service: bus, notification, orm }) {
        const state = reactive({
            /** By id: those of this user that are going on, and those that ended a moment ago. */
            calls: {},
            /** By the call's id: popups that the user has not closed. */
            incoming: {},
        });
        const closed = new Set();
        let watchers = 0;

        function keep(call) {
            const popup = state.incoming[call.id];
            if (popup) {
                popup.call = call;
            }
            if (call.is_active) {
                state.calls[call.id] = call;
                if (popup && call.answered && !call.at_me && !popup.sticky) {
                    delete state.incoming[call.id];
                }
            } else if (state.calls[call.id]?.is_active) {
                state.calls[call.id] = call;
                browser.setTimeout(() => forget(call.id), LINGER_MS);
            }
        }

        function forget(id) {
            if (!state.calls[id]?.is_active) {
                delete state.calls[id];
                if (!state.incoming[id]?.sticky) {
                    delete state.incoming[id];
                }
            }
        }

        function show(popup) {
            if (!closed.has(popup.call.id)) {
                state.incoming[popup.call.id] = popup;
                keep(popup.call);
            }
        }

        function closePopup(id) {
            closed.add(id);
            delete state.incoming[id];
        }

        /** Asks for what may have been missed. */
        async function refresh() {
            const { calls, incoming } = await orm.silent.call("asterisk_plus.call", "phone_state", []);
            const going = new Set(calls.map((call) => call.id));
            for (const id of Object.keys(state.calls)) {
                if (!going.has(Number(id))) {
                    state.calls[id].is_active = false;
                    forget(id);
                }
            }
            calls.forEach(keep);
            incoming.forEach(show);
        }

        /** Without a server there is nothing to show; the next connection asks again. */
        const refreshSoon = (milliseconds) => browser.setTimeout(() => refresh().catch(() => {}), milliseconds);

        /** Asks the server for something; tells the user why it was refused. */
        async function ask(request) {
            try {
                await request();
                return true;
            } catch (error) {
                if (!(error instanceof RPCError)) {
                    throw error;
                }
                const message = error.data?.message || error.message;
                notification.add(message, { type: "danger", title: _t("Call") });
                return false;
            }
        }

        /**
         * Rings the user's own phone and connects it with the number.
         *
         * @param {string} number
         * @param {{ model?: string, resId?: number | false }} [from] the record that the number was taken from
         * @returns {Promise<boolean>} whether the call is on its way
         */
        const dial = (number, { model, resId } = {}) =>
            ask(() =>
                orm.call("asterisk_plus.server", "originate_call", [number], {
                    model: resId ? model : false,
                    res_id: resId || false,
                })
            );

        const hangUp = (id) => ask(() => orm.call("asterisk_plus.call", "hang_up", [[id]]));

        /** The calls this user had last. */
        const recentCalls = () => orm.call("asterisk_plus.call", "recent_calls", []);

        /**
         * Calls back with the ids of calls that changed, whoever has them, as long as the user may see them.
         *
         * @param {(ids: number[]) => void} callback
         * @returns {() => void} ends it
         */
        function watchCalls(callback) {
            const listen = ({ ids }) => callback(ids);
            bus.subscribe("asterisk_plus.calls_changed", listen);
            if (watchers++ === 0) {
                bus.addChannel(LIVE_CHANNEL);
            }
            return () => {
                bus.unsubscribe("asterisk_plus.calls_changed", listen);
                if (--watchers === 0) {
                    bus.deleteChannel(LIVE_CHANNEL);
                }
            };
        }

        if (isPbxUser()) {
            bus.subscribe("asterisk_plus.call", keep);
            bus.subscribe("asterisk_plus.incoming", show);
            for (const connected of ["BUS:CONNECT", "BUS:RECONNECT"]) {
                bus.addEventListener(connected, () => refreshSoon(SUBSCRIBED_MS));
            }
            bus.start();
            refreshSoon(0);
        }
        return { state, dial, hangUp, recentCalls, watchCalls, closePopup };
    },
};

registry.category("services").add("asterisk_plus.phone", phoneService);
