//! The API for people: each operation with who may ask, its parameters, its body, its answers and an example, read from the document
//! that programs get ([`document()`]). The words of the document are English; those around it are the reader's.

use askama::Template;
use axum::response::Response;
use serde_json::{Map, Value as Json};

use crate::api::document::{self, document};
use crate::api::problems::{self, ProblemKind};
use crate::failure::Failure;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// How deep an example goes into types within types.
const DEPTH_MAX: u8 = 6;

/// The page.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::get("/api", Access::STAFF, show)]
}

#[derive(Template)]
#[template(path = "pages/api.html")]
struct ApiPage {
    page: Page,
    document: &'static str,
    operations: Vec<Operation>,
    types: Vec<Type>,
    problems: &'static [ProblemKind],
}

struct Operation {
    /// What a link leads to.
    anchor: String,
    method: String,
    path: String,
    summary: String,
    words: String,
    /// The key of who may ask.
    who: &'static str,
    parameters: Vec<Field>,
    body: Option<Type>,
    answers: Vec<Answer>,
    example: String,
}

struct Answer {
    status: String,
    words: String,
    kind: Kind,
}

/// A type that has a name: its fields, or what it may be.
struct Type {
    name: String,
    words: String,
    /// Exactly one of the fields is there.
    is_choice: bool,
    fields: Vec<Field>,
    values: Vec<String>,
}

struct Field {
    name: String,
    /// Of a parameter: where it stands.
    place: String,
    kind: Kind,
    required: bool,
    words: String,
}

/// What kind of value: words, and the type that they lead to.
#[derive(Default)]
struct Kind {
    words: String,
    link: Option<String>,
}

async fn show(page: Page) -> Result<Response, Trouble> {
    let all = document()?;
    let reader = Reader(&all);
    let operations = reader.operations()?;
    let types = reader.types();
    Ok(page.clone().show(&ApiPage {
        page,
        document: document::PATH,
        operations,
        types,
        problems: problems::ALL,
    }))
}

/// Reads a document.
struct Reader<'a>(&'a Json);

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn fields(value: &Json) -> impl Iterator<Item = (&String, &Json)> {
    value.as_object().into_iter().flatten()
}

/// The name at the end of `#/components/schemas/Problem`.
fn name_of(reference: &Json) -> Option<&str> {
    reference.as_str()?.rsplit('/').next()
}

/// The first schema of a body or an answer.
fn schema_of(content: &Json) -> Option<&Json> {
    fields(&content["content"]).next().map(|(_, media)| &media["schema"])
}

impl Reader<'_> {
    fn operations(&self) -> Result<Vec<Operation>, Failure> {
        let mut all = Vec::new();
        for (path, methods) in fields(&self.0["paths"]) {
            for (method, operation) in fields(methods) {
                all.push(self.operation(path, method, operation)?);
            }
        }
        Ok(all)
    }

    fn operation(&self, path: &str, method: &str, operation: &Json) -> Result<Operation, Failure> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.map(|one| Field {
            name: text(&one["name"]),
            place: text(&one["in"]),
            kind: self.kind(&one["schema"]),
            required: one["required"] == true,
            words: text(&one["description"]),
        });
        let body = schema_of(&operation["requestBody"]);
        let answers = fields(&operation["responses"]).map(|(status, answer)| Answer {
            status: status.clone(),
            words: text(&answer["description"]),
            kind: schema_of(answer).map(|schema| self.kind(schema)).unwrap_or_default(),
        });
        let parameters: Vec<Field> = parameters.collect();
        Ok(Operation {
            anchor: format!("{method}{}", path.replace(['/', '{', '}'], "-")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            words: text(&operation["description"]),
            who: who(&operation["security"][0])?,
            body: body.map(|schema| self.described(name_of(&schema["$ref"]).unwrap_or_default(), schema)),
            answers: answers.collect(),
            example: self.example_of(path, method, operation, &parameters),
            parameters,
        })
    }

    fn types(&self) -> Vec<Type> {
        fields(&self.0["components"]["schemas"]).map(|(name, schema)| self.described(name, schema)).collect()
    }

    /// The schema that is meant, when it is one that has a name.
    fn meant<'b>(&'b self, schema: &'b Json) -> &'b Json {
        match name_of(&schema["$ref"]) {
            Some(name) => &self.0["components"]["schemas"][name],
            None => schema,
        }
    }

    fn described(&self, name: &str, schema: &Json) -> Type {
        let schema = self.meant(schema);
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let of_choices = choices.flat_map(|choice| self.properties(choice));
        let all: Vec<Field> = self.properties(schema).chain(of_choices).collect();
        let values = schema["enum"].as_array().into_iter().flatten().chain(
            schema["oneOf"].as_array().into_iter().flatten().flat_map(|one| one["enum"].as_array()).flatten(),
        );
        Type {
            name: name.to_owned(),
            words: text(&schema["description"]),
            is_choice: schema["oneOf"].is_array() && !all.is_empty(),
            fields: all,
            values: values.map(text).collect(),
        }
    }

    fn properties<'b>(&'b self, schema: &'b Json) -> impl Iterator<Item = Field> + 'b {
        let needed = schema["required"].as_array();
        fields(&schema["properties"]).map(move |(name, property)| Field {
            name: name.clone(),
            place: String::new(),
            kind: self.kind(property),
            required: needed.is_some_and(|needed| needed.iter().any(|one| one == name)),
            words: text(&property["description"]),
        })
    }

    /// What kind of value a schema is, in the words of JSON Schema.
    fn kind(&self, schema: &Json) -> Kind {
        if let Some(name) = name_of(&schema["$ref"]) {
            return Kind { words: name.to_owned(), link: Some(name.to_owned()) };
        }
        if schema["type"] == "array" {
            let of = self.kind(&schema["items"]);
            return Kind { words: format!("array of {}", of.words), link: of.link };
        }
        let choices = ["oneOf", "allOf"].iter().filter_map(|name| schema[name].as_array()).flatten();
        let kinds: Vec<Kind> =
            choices.filter(|one| one["type"] != "null").map(|one| self.kind(one)).collect();
        if !kinds.is_empty() {
            let words = kinds.iter().map(|one| one.words.as_str()).collect::<Vec<_>>().join(" or ");
            return Kind { words, link: kinds.into_iter().find_map(|one| one.link) };
        }
        let words = match &schema["type"] {
            Json::String(one) => one.clone(),
            Json::Array(all) => {
                let all: Vec<&str> =
                    all.iter().filter_map(Json::as_str).filter(|one| *one != "null").collect();
                all.join(" or ")
            }
            _ => "any".to_owned(),
        };
        let format = schema["format"].as_str();
        Kind { words: format.map_or(words.clone(), |format| format!("{words} ({format})")), link: None }
    }

    /// A value that a schema takes.
    fn value(&self, schema: &Json, depth: u8) -> Json {
        let given = schema.get("example").or_else(|| self.meant(schema).get("example"));
        if let Some(given) = given {
            return given.clone();
        }
        if depth == DEPTH_MAX {
            return Json::Null;
        }
        let schema = self.meant(schema);
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let choices = ["oneOf", "allOf"].iter().filter_map(|name| schema[name].as_array()).flatten();
        if let Some(first) = choices.clone().find(|one| one["type"] != "null") {
            return self.value(first, depth + 1);
        }
        let kind = match &schema["type"] {
            Json::Array(all) => all.iter().find(|one| *one != "null").unwrap_or(&Json::Null),
            one => one,
        };
        match kind.as_str() {
            Some("array") => Json::Array(vec![self.value(&schema["items"], depth + 1)]),
            Some("integer" | "number") => Json::from(0),
            Some("boolean") => Json::from(false),
            Some("string") if schema["format"] == "uuid" => {
                Json::from("018f0000-0000-7000-8000-000000000000")
            }
            Some("string") => Json::from("…"),
            _ => {
                let needed = schema["required"].as_array();
                let has = |name: &String, property: &Json| {
                    property.get("example").is_some()
                        || needed.is_some_and(|needed| needed.iter().any(|one| one == name))
                        || property["type"] == "array"
                };
                let shown = fields(&schema["properties"]).filter(|(name, property)| has(name, property));
                Json::Object(
                    shown
                        .map(|(name, one)| (name.clone(), self.value(one, depth + 1)))
                        .collect::<Map<_, _>>(),
                )
            }
        }
    }

    /// How a person would try it.
    fn example_of(&self, path: &str, method: &str, operation: &Json, parameters: &[Field]) -> String {
        let needed =
            |place: &'static str| parameters.iter().filter(move |one| one.required && one.place == place);
        let query: Vec<String> = needed("query").map(|one| format!("{}=…", one.name)).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut lines =
            vec![format!("curl -X {} 'https://club.example{path}{query}'", method.to_uppercase())];
        let security = &operation["security"][0];
        if security.get("device").is_some() {
            lines.push("-H 'Authorization: Bearer bfd_…'".to_owned());
        } else if security.get("sigur").is_some() {
            lines.push("-u 'sigur:bfd_…'".to_owned());
        } else {
            lines.push(format!("-H 'Cookie: {}=…'", crate::server::caller::SESSION_COOKIE));
        }
        lines.extend(needed("header").map(|one| format!("-H '{}: …'", one.name)));
        if let Some(schema) = schema_of(&operation["requestBody"]) {
            let given =
                fields(&operation["requestBody"]["content"]).find_map(|(_, media)| media.get("example"));
            let value = given.cloned().unwrap_or_else(|| self.value(schema, 0));
            lines.push("-H 'Content-Type: application/json'".to_owned());
            lines.push(format!("-d '{value}'"));
        }
        lines.join(" \\\n  ")
    }
}

/// The key of who may ask.
fn who(security: &Json) -> Result<&'static str, Failure> {
    match fields(security).next().map(|(name, _)| name.as_str()) {
        Some("device") => Ok("api-by-device"),
        Some("sigur") => Ok("api-by-sigur"),
        Some("session") => Ok("api-by-staff"),
        _ => Err(Failure::new("bad_document", "an operation that says not who may ask")),
    }
}
