//! The schemas of what is read and written: [`Schemas`].

use crate::http::{ask, kinds, legacy, problem, waiting, wire};
use crate::replicas::Snapshot;
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Those of all types, by name.
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    pub(super) fn derived() -> Self {
        let mut schemas = Self(Map::new());
        schemas.add::<ask::Ask>(Contract::Deserialize);
        schemas.add::<wire::Body<'_>>(Contract::Serialize);
        schemas.add::<kinds::Kinds<'_>>(Contract::Serialize);
        schemas.add::<waiting::List<'_>>(Contract::Serialize);
        schemas.add::<waiting::Line<'_>>(Contract::Serialize);
        schemas.add::<Snapshot>(Contract::Serialize);
        schemas.add::<legacy::Answer>(Contract::Serialize);
        schemas.add::<problem::Body<'_>>(Contract::Serialize);
        schemas.part_lines_from_answers();
        schemas
    }

    /// With all that it refers to.
    fn add<T: JsonSchema>(&mut self, contract: Contract) {
        let is_written = contract == Contract::Serialize;
        let mut generator = generator(contract);
        generator.subschema_for::<T>();
        let mut schemas = generator.take_definitions(true);
        if is_written {
            schemas.values_mut().for_each(without_null);
        }
        self.0.extend(schemas);
    }

    /// One type writes them all, with an `event` in lines alone.
    fn part_lines_from_answers(&mut self) {
        let Some(answer) = self.0.get_mut("Answer") else { return };
        let mut line = answer.clone();
        if let Some(properties) = answer.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("event");
        }
        if let Some(event) = line.pointer_mut("/properties/event") {
            *event = json!({"enum": ["status", "done"]});
        }
        if let Some(required) = line.get_mut("required").and_then(Value::as_array_mut) {
            required.insert(0, json!("event"));
        }
        let heartbeat =
            json!({"type": "object", "properties": {"event": {"const": "heartbeat"}}, "required": ["event"]});
        let cycle = json!({
            "type": "object", "required": ["event", "reason", "message"],
            "properties": {"event": {"const": "cycle"}, "reason": {"const": "Cycle"}, "message": {"type": "string"}},
        });
        let lines = json!({
            "description": "A line of a wait. `status` has the targets that changed, `done` has all and is the last one. \
                            `cycle` says that what is waited for waits for this wait to end.",
            "oneOf": [line, cycle, heartbeat],
        });
        self.0.insert("WaitLine".to_owned(), lines);
    }

    /// Of a field of the question.
    pub(super) fn asked(&self, field: &str) -> Value {
        let pointer = format!("/properties/{field}");
        self.0.get("Question").and_then(|question| question.pointer(&pointer)).cloned().unwrap_or_default()
    }

    pub(super) fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// What is not there is left out, and never written as `null`.
fn without_null(schema: &mut Value) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required =
        |name: &str| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !is_required(name)) {
        for (choices, null) in [("type", json!("null")), ("anyOf", json!({"type": "null"}))] {
            if let Some(choices) = property.get_mut(choices).and_then(Value::as_array_mut) {
                choices.retain(|choice| *choice != null);
            }
        }
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.contract = contract;
        settings.meta_schema = None;
    });
    settings.into_generator()
}
