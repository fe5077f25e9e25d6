import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { FormController } from "@web/views/form/form_controller";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";
import { useLiveReload } from "./live_reload";

/** A list of calls that needs no reload. */
export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLiveReload({
            isBusy: () => Boolean(this.model.root.editedRecord) || this.model.root.selection.length > 0,
            reload: () => this.model.load(),
        });
    }
}

/** A call's form that follows the call. */
export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLiveReload({
            isBusy: () => this.model.root.dirty,
            concerns: (ids) => ids.includes(this.model.root.resId),
            reload: () => this.model.load(),
        });
    }
}

registry.category("views").add("asterisk_plus_live_list", { ...listView, Controller: LiveListController });
registry.category("views").add("asterisk_plus_live_form", { ...formView, Controller: LiveFormController });
