//! A family: one static list of members, searched by name.

use super::{Card, Spec, SpecError, Tunable, Value, near_names, parse_short};

/// One member: its card and how to make it with its defaults.
pub struct Entry<D: ?Sized> {
    /// What it is.
    pub card: &'static Card,
    /// A member with its defaults.
    pub build: fn() -> Box<D>,
    /// The same, seen only through its fields.
    pub describe: fn() -> Box<dyn Tunable>,
}

impl Entry<dyn Tunable> {
    /// An entry of a family whose members share nothing but their description.
    pub const fn describing<S: Spec>() -> Self {
        Entry {
            card: S::CARD,
            build: || Box::new(S::default()),
            describe: || Box::new(S::default()),
        }
    }
}

/// A family of members that share the interface `D`.
pub struct Family<D: ?Sized + 'static> {
    /// The name in the plural, as in `thalweg list optimizers`.
    pub name: &'static str,
    /// The name in the singular, as in messages.
    pub singular: &'static str,
    /// One sentence, with its full stop.
    pub summary: &'static str,
    /// All members, in the order in which they are shown.
    pub members: &'static [Entry<D>],
}

impl<D: ?Sized + Tunable> Family<D> {
    /// The members' names, in order.
    pub fn names(&self) -> Vec<&'static str> {
        self.members.iter().map(|entry| entry.card.name).collect()
    }

    /// The member of this name.
    ///
    /// # Errors
    /// [`SpecError::UnknownMember`] with near names.
    pub fn find(&self, name: &str) -> Result<&'static Entry<D>, SpecError> {
        self.members
            .iter()
            .find(|entry| entry.card.name == name)
            .ok_or_else(|| {
                let known = self.names();
                let near = near_names(name, known.iter().copied());
                SpecError::UnknownMember {
                    family: self.singular,
                    name: name.into(),
                    near,
                    known,
                }
            })
    }

    /// The member of this name with these settings and otherwise its defaults.
    ///
    /// # Errors
    /// An unknown name, or everything that is wrong with the settings.
    pub fn build(
        &self,
        name: &str,
        settings: &[(String, Value)],
    ) -> Result<Box<D>, Vec<SpecError>> {
        let mut member = (self.find(name).map_err(|error| vec![error])?.build)();
        member.set_all(settings)?;
        Ok(member)
    }

    /// The member that a short form such as `adam:lr=0.002` describes.
    ///
    /// # Errors
    /// As [`Family::build`], and a short form that cannot be read.
    pub fn parse(&self, short: &str) -> Result<Box<D>, Vec<SpecError>> {
        let (name, settings) = parse_short(short).map_err(|error| vec![error])?;
        self.build(&name, &settings)
    }
}

/// A family without its members' interface: what `list`, `explain` and the reference pages need.
pub trait Listed: Sync {
    /// The name in the plural.
    fn name(&self) -> &'static str;
    /// The name in the singular.
    fn singular(&self) -> &'static str;
    /// One sentence.
    fn summary(&self) -> &'static str;
    /// Every member with its defaults, in order.
    fn members(&self) -> Vec<Box<dyn Tunable>>;
}

impl<D: ?Sized> Listed for Family<D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn singular(&self) -> &'static str {
        self.singular
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn members(&self) -> Vec<Box<dyn Tunable>> {
        self.members
            .iter()
            .map(|entry| (entry.describe)())
            .collect()
    }
}
