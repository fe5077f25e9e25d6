import { patch } from "@web/core/utils/patch";
import { PhoneField } from "@web/views/fields/phone/phone_field";
import { isPbxUser } from "../phone/phone_service";
import { CallControl } from "./call_control";

patch(PhoneField, {
    components: { ...PhoneField.components, CallControl },
});

patch(PhoneField.prototype, {
    /** The number, for those who may call it through the PBX. */
    get pbxNumber() {
        return (isPbxUser() && this.props.record.data[this.props.name]) || "";
    },
});
