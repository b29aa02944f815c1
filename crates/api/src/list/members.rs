//! `fields=` and `include=`: what is left out of an answer, and what is added to it.
//!
//! A view says all members that a resource has. [`Sparse`] leaves out those that were not asked for while it is
//! written, and [`Included`] writes a summary and then, of the details, what the summary has not said. Both work
//! on any view, so that no resource has to say its members twice.

use std::{borrow::Cow, sync::Arc};

use serde::{
    Serialize, Serializer,
    ser::{Error, Impossible, SerializeMap, SerializeStruct},
};
use utoipa::{
    __dev::ComposeSchema,
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::List;

/// The members that every answer has: what a resource is, and how to ask for the rest.
pub const KEPT: [&str; 4] = ["id", "type", "slug", "locale"];

/// Which members of a resource are wanted.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Those that can be left out.
    known: &'static [&'static str],
    asked: Option<Arc<[&'static str]>>,
}

impl Fields {
    /// Those of a list that are asked for; all where nothing is said.
    pub(super) fn of<L: List>(asked: Option<Vec<&'static str>>) -> Self {
        Self { known: L::FIELDS, asked: asked.map(Into::into) }
    }

    /// Whether a member is part of the answer. What is none of the resource's own members, as an include adds
    /// it, always is.
    pub fn shows(&self, member: &str) -> bool {
        let Some(asked) = &self.asked else { return true };
        asked.contains(&member) || KEPT.contains(&member) || !self.known.contains(&member)
    }

    /// Whether any of these members is part of the answer.
    pub fn show_any(&self, members: &[&str]) -> bool {
        members.iter().any(|member| self.shows(member))
    }

    /// Whether a member is asked for by name: as lists have a text only then.
    pub fn names(&self, member: &str) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.contains(&member))
    }

    /// The same of a list, which leaves texts out unless they are asked for.
    #[must_use]
    pub fn without_text(self) -> Self {
        let all_but_text = || self.known.iter().copied().filter(|member| *member != "body").collect();
        Self { known: self.known, asked: Some(self.asked.clone().unwrap_or_else(all_but_text)) }
    }

    /// What of a resource is wanted.
    pub fn of_one<T>(&self, whole: T) -> Sparse<T> {
        Sparse { whole, fields: self.clone() }
    }
}

/// Whose details are wanted.
#[derive(Debug, Clone, Default)]
pub struct Includes(pub(super) Vec<&'static str>);

impl Includes {
    /// Whether these are.
    pub fn have(&self, name: &str) -> bool {
        self.0.contains(&name)
    }
}

/// A resource without the members that are not wanted.
#[derive(Debug)]
pub struct Sparse<T> {
    whole: T,
    fields: Fields,
}

impl<T: Serialize> Serialize for Sparse<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fields.asked.is_none() {
            return self.whole.serialize(serializer);
        }
        let mut members = serializer.serialize_map(None)?;
        self.whole.serialize(Members { into: &mut members, is_wanted: &mut |name| self.fields.shows(name) })?;
        members.end()
    }
}

/// In the document it is the resource; [`crate::openapi::complete`] says that its members may be missing.
impl<T: ToSchema> ToSchema for Sparse<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
// What `#[derive(ToSchema)]` writes for a type, and what a list asks of its elements.
impl<T: PartialSchema> ComposeSchema for Sparse<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        T::schema()
    }
}

/// What something shows of what it refers to, and what `include=` adds: the members of the details that the
/// summary has not.
#[derive(Debug)]
pub struct Included<S, D> {
    /// As it is shown anyway.
    pub summary: S,
    /// What is added.
    pub details: Option<D>,
}

impl<S, D> From<S> for Included<S, D> {
    fn from(summary: S) -> Self {
        Self { summary, details: None }
    }
}

impl<S: Serialize, D: Serialize> Serialize for Included<S, D> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let Some(details) = &self.details else { return self.summary.serialize(serializer) };
        let mut members = serializer.serialize_map(None)?;
        let mut said: Vec<String> = Vec::new();
        let mut first = |name: &str| {
            said.push(name.to_owned());
            true
        };
        self.summary.serialize(Members { into: &mut members, is_wanted: &mut first })?;
        details.serialize(Members {
            into: &mut members,
            is_wanted: &mut |name| !said.iter().any(|known| known == name),
        })?;
        members.end()
    }
}

impl<S: ToSchema, D: ToSchema> ToSchema for Included<S, D> {
    /// The summary is used without details elsewhere, under its own name.
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Linked{}", D::name()))
    }
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        S::schemas(schemas);
        D::schemas(schemas);
    }
}
impl<S: ToSchema, D: ToSchema> PartialSchema for Included<S, D> {
    fn schema() -> RefOr<Schema> {
        let (mut summary, details) = (S::schema(), D::schema());
        if let (RefOr::T(Schema::Object(summary)), RefOr::T(Schema::Object(details))) = (&mut summary, details) {
            for (name, member) in details.properties {
                summary.properties.entry(name).or_insert(member);
            }
        }
        summary
    }
}

/// Writes the members of a struct, or some of them, into an object that is being written.
struct Members<'a, M> {
    into: &'a mut M,
    is_wanted: &'a mut dyn FnMut(&str) -> bool,
}

impl<M: SerializeMap> SerializeStruct for Members<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        if (self.is_wanted)(name) { self.into.serialize_entry(name, value) } else { Ok(()) }
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// The same of a struct that holds the members of another one (`#[serde(flatten)]`), which is written as a map.
impl<M: SerializeMap> SerializeMap for Members<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        name: &K,
        value: &V,
    ) -> Result<(), M::Error> {
        match serde_json::to_value(name) {
            Ok(serde_json::Value::String(name)) if (self.is_wanted)(&name) => self.into.serialize_entry(&name, value),
            Ok(serde_json::Value::String(_)) => Ok(()),
            _ => no_members(),
        }
    }

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), M::Error> {
        no_members()
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), M::Error> {
        no_members()
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// Nothing but a struct has members.
fn no_members<T, E: Error>() -> Result<T, E> {
    Err(E::custom("only an object has members"))
}

impl<M: SerializeMap> Serializer for Members<'_, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeStruct = Self;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Self;
    type SerializeStructVariant = Impossible<(), M::Error>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, M::Error> {
        Ok(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }
    fn serialize_none(self) -> Result<(), M::Error> {
        Ok(())
    }
    fn serialize_bool(self, _: bool) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_i8(self, _: i8) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_i16(self, _: i16) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_i32(self, _: i32) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_i64(self, _: i64) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_u8(self, _: u8) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_u16(self, _: u16) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_u32(self, _: u32) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_u64(self, _: u64) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_f32(self, _: f32) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_f64(self, _: f64) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_char(self, _: char) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_str(self, _: &str) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_unit(self) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), M::Error> {
        no_members()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, M::Error> {
        no_members()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, M::Error> {
        no_members()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, M::Error> {
        no_members()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, M::Error> {
        no_members()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, M::Error> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, M::Error> {
        no_members()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Person {
        id: u8,
        slug: &'static str,
        name: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'static str>,
        posts: Vec<Post>,
    }

    #[derive(Serialize)]
    struct Post {
        name: &'static str,
    }

    #[derive(Serialize)]
    struct Summary {
        slug: &'static str,
    }

    fn person() -> Person {
        Person { id: 1, slug: "an", name: None, body: None, posts: vec![Post { name: "Trưởng phòng" }] }
    }

    fn fields(asked: Option<&[&'static str]>) -> Fields {
        Fields { known: &["id", "slug", "name", "body", "posts"], asked: asked.map(Into::into) }
    }

    fn written(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn what_was_not_asked_for_is_left_out_of_the_top_only() {
        let written = |asked| written(fields(asked).of_one(person()));
        assert_eq!(written(Some(&["posts"])), r#"{"id":1,"slug":"an","posts":[{"name":"Trưởng phòng"}]}"#);
        assert_eq!(written(Some(&["name"])), r#"{"id":1,"slug":"an","name":null}"#);
        assert_eq!(written(None), serde_json::to_string(&person()).unwrap());
    }

    #[test]
    fn the_members_of_what_a_resource_holds_are_members_of_its_own() {
        #[derive(Serialize)]
        struct AtTheDesk {
            #[serde(flatten)]
            whole: Person,
            state: &'static str,
        }
        let desk = || AtTheDesk { whole: person(), state: "draft" };
        let known = || Fields { known: &["id", "slug", "name", "body", "posts", "state"], asked: None };
        let asked = |names: &[&'static str]| Fields { asked: Some(names.into()), ..known() };
        assert_eq!(written(asked(&["name"]).of_one(desk())), r#"{"id":1,"slug":"an","name":null}"#);
        assert_eq!(written(asked(&["state"]).of_one(desk())), r#"{"id":1,"slug":"an","state":"draft"}"#);
        assert_eq!(written(known().of_one(desk())), serde_json::to_string(&desk()).unwrap());
    }

    #[test]
    fn a_list_has_a_text_only_where_it_is_asked_for() {
        let with_text = || Person { body: Some("Nội dung"), ..person() };
        let written = |asked| written(fields(asked).without_text().of_one(with_text()));
        assert_eq!(written(None), serde_json::to_string(&person()).unwrap());
        assert_eq!(written(Some(&["body"])), r#"{"id":1,"slug":"an","body":"Nội dung"}"#);
    }

    #[test]
    fn a_member_that_an_include_adds_is_shown_whatever_is_asked_for() {
        assert!(fields(Some(&["name"])).shows("related"));
        assert!(!fields(Some(&["name"])).shows("posts"));
    }

    #[test]
    fn details_add_to_a_summary_and_never_say_a_member_twice() {
        let linked = |details| Included { summary: Summary { slug: "an" }, details };
        assert_eq!(written(linked(None)), r#"{"slug":"an"}"#);
        assert_eq!(
            written(linked(Some(person()))),
            r#"{"slug":"an","id":1,"name":null,"posts":[{"name":"Trưởng phòng"}]}"#
        );
    }
}
