import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";
import { SUBSCRIBED_MS } from "../phone/phone_service";

import { onMounted, onWillUnmount } from "@odoo/owl";

/** Changes come in bursts: one reload for those of half a second. */
const GATHER_MS = 500;
/** Somebody is editing or has selected rows: look again then. */
const RETRY_MS = 2000;

/**
 * Reloads a view when calls changed, without disturbing somebody who is at work in it.
 *
 * @param {{ isBusy: () => boolean, concerns?: (ids: number[]) => boolean, reload: () => Promise<unknown> }} view
 */
export function useLiveReload({ isBusy, concerns = () => true, reload }) {
    const phone = useService("asterisk_plus.phone");
    let timer = null;
    let reloading = false;
    let ended = false;
    let stop = () => {};

    function reloadAfter(milliseconds) {
        if (!ended) {
            timer ??= browser.setTimeout(run, milliseconds);
        }
    }

    async function run() {
        timer = null;
        if (reloading || isBusy()) {
            reloadAfter(reloading ? GATHER_MS : RETRY_MS);
            return;
        }
        reloading = true;
        try {
            await reload();
        } finally {
            reloading = false;
        }
    }

    onMounted(() => {
        stop = phone.watchCalls((ids) => concerns(ids) && reloadAfter(GATHER_MS));
        // What changed between the view's loading and now.
        reloadAfter(SUBSCRIBED_MS);
    });
    onWillUnmount(() => {
        ended = true;
        stop();
        browser.clearTimeout(timer);
    });
}
