//! The document as a whole: [`text`].

use super::answers::shared;
use super::paths::paths;
use super::schemas::Schemas;
use serde_json::{Value, json};

/// What `openapi.json` has to be.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", document())
}

fn document() -> Value {
    let schemas = Schemas::derived();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "k8s-wait",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": "Fields may be added to what is answered. A method that a path does not have is answered 405, with `Allow`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}, {}],
        "paths": paths(&schemas),
        "components": {
            "responses": shared(),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A ServiceAccount's token, where the server runs with `--auth token`.",
            }},
            "schemas": schemas.into_json(),
        },
    })
}
