//! `list` and `explain`: the families speak for themselves.

use clap::ArgMatches;
use thalweg::families;
use thalweg::spec::{Listed, Tunable, near_names};

use crate::Exit;
use crate::screen::Screen;

/// Nothing has this name.
#[derive(Debug, PartialEq)]
pub(crate) struct UnknownName {
    name: String,
    near: Vec<String>,
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nothing is called `{}`", self.name)?;
        match &self.near[..] {
            [] => f.write_str("; `thalweg list` shows all names"),
            near => write!(f, "; did you mean `{}`?", near.join("` or `")),
        }
    }
}

impl std::error::Error for UnknownName {}

pub(crate) fn list(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let mut screen = Screen::new(false);
    let wanted = matches.get_one::<String>("family");
    let chosen = |family: &&&dyn Listed| wanted.is_none_or(|name| name == family.name());
    for (index, family) in families().iter().filter(chosen).enumerate() {
        if index > 0 {
            screen.line("")?;
        }
        screen.item(family.name(), "")?;
        screen.item("", family.summary())?;
        let mut rows = Vec::new();
        for member in family.members() {
            let card = member.card();
            rows.push(vec![card.name.to_owned(), card.summary.to_owned()]);
        }
        screen.table(&["", ""], &[], &rows)?;
    }
    Ok(Exit::Done)
}

pub(crate) fn explain(matches: &ArgMatches) -> anyhow::Result<Exit> {
    let name = matches
        .get_one::<String>("name")
        .map(String::as_str)
        .unwrap_or_default();
    let wanted = name.replace('-', "_");
    let all = families();
    let members = all.iter().flat_map(|family| {
        family
            .members()
            .into_iter()
            .map(move |member| (family.singular(), member))
    });
    let (found, others): (Vec<_>, Vec<_>) =
        members.partition(|(_, member)| member.card().name == wanted);
    if found.is_empty() {
        let names = others.iter().map(|(_, member)| member.card().name);
        return Err(UnknownName {
            name: name.into(),
            near: near_names(&wanted, names),
        }
        .into());
    }
    let mut screen = Screen::new(false);
    for (index, (singular, member)) in found.iter().enumerate() {
        if index > 0 {
            screen.line("")?;
        }
        explain_member(&mut screen, singular, &**member)?;
    }
    Ok(Exit::Done)
}

fn explain_member(screen: &mut Screen, singular: &str, member: &dyn Tunable) -> anyhow::Result<()> {
    let card = member.card();
    screen.item(card.name, &format!("({singular})"))?;
    screen.item("", card.summary)?;
    if !card.formula.is_empty() {
        screen.line("")?;
        screen.item("Formula", card.formula)?;
    }
    let fields = member.fields();
    if !fields.is_empty() {
        screen.line("")?;
        screen.item("Settings", "")?;
        let rows: Vec<_> = fields
            .iter()
            .map(|field| {
                vec![
                    field.name.into(),
                    field.default.to_string(),
                    field.range.to_string(),
                    field.doc.into(),
                ]
            })
            .collect();
        screen.table(&["name", "default", "range", "meaning"], &[], &rows)?;
    }
    for (label, text) in [("Differs", card.differences), ("Source", card.paper)] {
        if !text.is_empty() {
            screen.line("")?;
            screen.item(label, text)?;
        }
    }
    Ok(())
}
