//! The OpenAPI document.
//!
//! Schemas come from the types themselves; those of the wire from `rules`, with its feature
//! `openapi`.

use super::{
    accounts, audit, blobs, board, changes,
    channels::{actions, client, login, report},
    citizen_log_in, citizens, desks, health, institutions, keys, log_in, own_account, push, registration,
    relatives, restore, results, transfer, verify, visits,
};
use rules::wire::{ChannelAssertion, DeviceAssertion, LoginClaims, RegistrationClaims};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr, Schema,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The document utoipa derives from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "suishen-central", description = "The centre of the paper offline code (离线随申码). Refusals are JSON `{\"error\": code, …}`."),
    paths(
        desks::enrol,
        desks::renew,
        log_in::device,
        log_in::operator,
        log_in::password,
        own_account::activate,
        own_account::second_factor,
        accounts::list,
        accounts::act,
        accounts::taken,
        push::push,
        transfer::sealed,
        results::results,
        changes::changes,
        citizens::citizen,
        citizens::release,
        citizen_log_in::log_in,
        relatives::relatives,
        institutions::of_agent,
        board::desks,
        board::figures_of_days,
        board::cases,
        visits::take,
        visits::bring_back,
        blobs::put,
        blobs::get,
        keys::keys,
        keys::keys_delta,
        keys::trust_anchors,
        keys::revocations,
        keys::revocations_delta,
        audit::head,
        audit::consistency,
        restore::statement,
        restore::testify,
        verify::verify,
        registration::redeem,
        client::enrol,
        client::authenticate,
        report::report_card,
        login::login,
        login::switch,
        login::view,
        actions::photo,
        actions::apply,
        actions::reapply,
        actions::reissue,
        actions::loss,
        actions::download,
        actions::escalate,
        health::alive,
        health::ready,
    ),
    components(schemas(DeviceAssertion, ChannelAssertion, LoginClaims, RegistrationClaims)),
    modifiers(&Security, &PolicyAsChange)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = || SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let session = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Session")));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("desk", bearer());
        components.add_security_scheme("operator", bearer());
        components.add_security_scheme("administrator", bearer());
        components.add_security_scheme("channel", bearer());
        components.add_security_scheme("session", session);
    }
}

struct PolicyAsChange;

impl Modify for PolicyAsChange {
    /// Settings refuse unknown fields of a policy. A change is a policy with one field more.
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemas = &mut document.components.get_or_insert_default().schemas;
        if let Some(RefOr::T(Schema::Object(policy))) = schemas.get_mut("Policy") {
            policy.additional_properties = None;
        }
    }
}

/// Returns the document as JSON text; it is rendered once.
#[must_use]
pub fn document() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let text = Document::openapi().to_pretty_json().unwrap_or_default();
        // Descriptions are comments of the code, whose links mean nothing here.
        text.replace("[`", "`").replace("`]", "`") + "\n"
    });
    &TEXT
}

/// Serves `GET /v1/openapi.json`.
pub(super) async fn serve() -> impl axum::response::IntoResponse {
    ([("content-type", "application/json")], document())
}
