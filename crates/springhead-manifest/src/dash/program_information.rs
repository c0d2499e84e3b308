//! ProgramInformation.

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};

/// `ProgramInformation`, for people to read (ISO/IEC 23009-1 §5.7).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProgramInformation {
    /// `@lang`, a BCP 47 tag.
    pub lang: Option<String>,
    /// `Title`
    pub title: Option<String>,
    /// `Source`
    pub source: Option<String>,
    /// `Copyright`
    pub copyright: Option<String>,
}

impl ProgramInformation {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        let text = |inner: Scope<'_>| Ok(inner.element.text().to_owned());
        Ok(Self {
            lang: scope.string("lang"),
            title: scope.one("Title", text)?,
            source: scope.one("Source", text)?,
            copyright: scope.one("Copyright", text)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        out.element(Attributes::of("ProgramInformation").set_if("lang", self.lang.as_ref()), |out| {
            for (name, text) in [("Title", &self.title), ("Source", &self.source), ("Copyright", &self.copyright)] {
                text.iter().for_each(|text| out.text(Attributes::of(name), text));
            }
        });
    }
}
