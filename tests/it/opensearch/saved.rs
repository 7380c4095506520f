//! The saved objects hold together, and name only what the index has, of a type that suits. Dashboards itself is not
//! at hand; what its views ask is in views.rs.

use super::*;

/// One line of search/saved-objects.ndjson.
pub(super) struct Object {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) attributes: Value,
    /// The name of each reference, with what it leads to.
    pub(super) references: BTreeMap<String, (String, String)>,
}

impl Object {
    /// JSON that an attribute holds as text.
    pub(super) fn inner(&self, pointer: &str) -> Value {
        let text = self.attributes.pointer(pointer).and_then(Value::as_str).expect("JSON in text");
        serde_json::from_str(text).expect("JSON")
    }

    /// The title of the index pattern that it searches: an index, or several by a wildcard.
    pub(super) fn pattern(&self, all: &[Object]) -> String {
        let source = self.inner("/kibanaSavedObjectMeta/searchSourceJSON");
        let (kind, id) =
            &self.references[source["indexRefName"].as_str().expect("a reference to an index pattern")];
        let pattern = all.iter().find(|one| one.kind == *kind && one.id == *id).expect("the index pattern");
        text(&pattern.attributes, "/title").expect("a title")
    }

    /// The fields that it names, each with what it is to do.
    fn fields(&self) -> Vec<(String, String)> {
        let named = |value: &Value| value.as_str().expect("a field's name").to_owned();
        match self.kind.as_str() {
            "index-pattern" => vec![(named(&self.attributes["timeFieldName"]), "time".to_owned())],
            "search" => {
                let columns = self.attributes["columns"].as_array().expect("columns").iter().map(named);
                let sort =
                    self.attributes["sort"].as_array().expect("an order").iter().map(|one| named(&one[0]));
                columns
                    .map(|one| (one, "show".to_owned()))
                    .chain(sort.map(|one| (one, "terms".to_owned())))
                    .collect()
            }
            "visualization" => {
                let state = self.inner("/visState");
                let aggregations = state["aggs"].as_array().expect("aggregations").iter();
                let aggregations =
                    aggregations.map(|one| (named(&one["params"]["field"]), named(&one["type"])));
                let controls = state["params"]["controls"].as_array().into_iter().flatten();
                let controls = controls.map(|one| (named(&one["fieldName"]), named(&one["options"]["type"])));
                aggregations.chain(controls).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// All saved objects.
pub(super) fn objects() -> Vec<Object> {
    let object = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        let references = line["references"].as_array().expect("references").iter().map(|one| {
            let [name, kind, id] =
                ["/name", "/type", "/id"].map(|member| text(one, member).expect("a reference"));
            (name, (kind, id))
        });
        let [id, kind] = ["/id", "/type"].map(|member| text(&line, member).expect("an object"));
        Object { id, kind, references: references.collect(), attributes: line["attributes"].clone() }
    };
    asset("saved-objects.ndjson").lines().map(object).collect()
}

/// The type of a field of the index, dots between the members.
fn type_of(mapping: &Value, field: &str) -> Option<String> {
    let pointer = format!("/properties/{}", field.replace('.', "/properties/"));
    text(mapping, &format!("{pointer}/type"))
}

fn suits(kind: &str, purpose: &str) -> bool {
    let number = ["integer", "long", "float", "double"].contains(&kind);
    match purpose {
        "time" | "date_histogram" => kind == "date",
        "avg" => number,
        "max" => number || kind == "date",
        "terms" | "cardinality" => number || ["keyword", "date", "boolean"].contains(&kind),
        "show" => true,
        other => panic!("say what a field must be for {other}"),
    }
}

#[test]
fn every_reference_leads_to_an_object_of_this_file() {
    let objects = objects();
    let ids: Vec<_> = objects.iter().map(|one| (one.kind.clone(), one.id.clone())).collect();
    for object in &objects {
        for (name, to) in &object.references {
            assert!(ids.contains(to), "{}: {name} leads to {to:?}", object.id);
        }
        assert_eq!(ids.iter().filter(|(kind, id)| (kind, id) == (&object.kind, &object.id)).count(), 1);
        assert!(text(&object.attributes, "/title").is_some_and(|title| !title.is_empty()));
    }
    let dashboards: Vec<_> = objects.iter().filter(|one| one.kind == "dashboard").collect();
    assert_eq!(dashboards.len(), 2);
    for dashboard in dashboards {
        let panels = dashboard.inner("/panelsJSON");
        let panels = panels.as_array().expect("panels");
        assert_eq!(panels.len(), dashboard.references.len());
        for panel in panels {
            assert!(dashboard.references.contains_key(panel["panelRefName"].as_str().expect("a reference")));
        }
    }
}

#[tokio::test]
async fn every_field_that_is_named_is_in_the_index_with_a_type_that_suits() {
    let server = prepared().await;
    server.call("PUT", "/connect-fields", "").await;
    let mapping = server.call("GET", "/connect-fields/_mapping", "").await.body;
    let mapping = &mapping["connect-fields"]["mappings"];
    let mut checked = 0;
    for object in objects() {
        for (field, purpose) in object.fields() {
            // Every document's own.
            if field == "_index" {
                continue;
            }
            let kind = type_of(mapping, &field).unwrap_or_else(|| panic!("{}: no field {field}", object.id));
            assert!(
                suits(&kind, &purpose),
                "{}: {field} is {kind}, which does not suit {purpose}",
                object.id
            );
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked} fields");
}

#[test]
fn the_index_pattern_covers_what_the_template_covers() {
    let template: Value = serde_json::from_str(&asset("index-template.json")).expect("JSON");
    let own = objects().into_iter().find(|one| one.id == "contact-records").expect("an index pattern");
    let title = text(&own.attributes, "/title").expect("a title");
    // The alias of the index: an index that is being made anew beside it does not show.
    for pattern in template["index_patterns"].as_array().expect("patterns") {
        assert!(pattern.as_str().is_some_and(|one| one.starts_with(&title)), "{pattern}");
    }
}
