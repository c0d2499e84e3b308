//! Descriptors.

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};

/// A descriptor: a scheme and a value of it (DescriptorType, ISO/IEC 23009-1 §5.8.2). Which element it is depends on where
/// it stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Descriptor {
    /// `@schemeIdUri`
    pub scheme_id_uri: String,
    /// `@value`
    pub value: Option<String>,
    /// `@id`: descriptors of the same id are the same.
    pub id: Option<String>,
}

impl Descriptor {
    /// A value of a scheme.
    pub fn new(scheme_id_uri: impl Into<String>, value: impl Into<String>) -> Self {
        Self { scheme_id_uri: scheme_id_uri.into(), value: Some(value.into()), id: None }
    }

    /// A role of the scheme `urn:mpeg:dash:role:2011` (§5.8.5.5): `main`, `alternate`, `subtitle` and so on.
    pub fn role(value: impl Into<String>) -> Self {
        Self::new("urn:mpeg:dash:role:2011", value)
    }

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            scheme_id_uri: scope.required("schemeIdUri", scope.string("schemeIdUri"))?,
            value: scope.string("value"),
            id: scope.string("id"),
        })
    }

    pub(super) fn write(&self, name: &'static str, out: &mut XmlWriter) {
        let attributes = Attributes::of(name)
            .set("schemeIdUri", &self.scheme_id_uri)
            .set_if("value", self.value.as_ref())
            .set_if("id", self.id.as_ref());
        out.empty(attributes);
    }
}

pub(super) fn write_all(name: &'static str, descriptors: &[Descriptor], out: &mut XmlWriter) {
    descriptors.iter().for_each(|descriptor| descriptor.write(name, out));
}
