//! `list` and `explain`: the families speak for themselves.

use clap::ArgMatches;
use thalweg::core::schedule;
use thalweg::spec::{Listed, Tunable, near_names};
use thalweg::{ConfigError, TrainError, families};

use crate::Exit;
use crate::screen::Screen;

/// What cannot be explained.
#[derive(Debug, PartialEq)]
pub(crate) enum Unexplained {
    /// Nothing has this name.
    Unknown { name: String, near: Vec<String> },
    /// A short form with settings, of which only the plot shows anything.
    Settings { name: String },
    /// Something that is not a function of the time.
    NoSchedule { name: String },
}

impl std::fmt::Display for Unexplained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unexplained::Unknown { name, near } => {
                write!(f, "nothing is called `{name}`")?;
                match &near[..] {
                    [] => f.write_str("; `thalweg list` shows all names"),
                    near => write!(f, "; did you mean `{}`?", near.join("` or `")),
                }
            }
            Unexplained::Settings { name } => {
                write!(f, "`{name}` has settings, which only --plot shows")
            }
            Unexplained::NoSchedule { name } => {
                write!(f, "`{name}` is no schedule; only schedules can be drawn")
            }
        }
    }
}

impl std::error::Error for Unexplained {}

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
    // A chain as `--schedule` takes it; in a short form its settings are separated by blanks.
    let chain = (name.contains(" then ") && !name.starts_with("chain:"))
        .then(|| format!("chain:parts={}", name.replace(',', " ")));
    let name = chain.as_deref().unwrap_or(name);
    let wanted = name.split(':').next().unwrap_or_default().replace('-', "_");
    let plot = matches.get_flag("plot");
    if name.contains(':') && !plot {
        return Err(Unexplained::Settings { name: name.into() }.into());
    }
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
        return Err(Unexplained::Unknown {
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
        if !plot {
            explain_member(&mut screen, singular, &**member)?;
            continue;
        }
        if *singular != schedule::ALL.singular {
            return Err(Unexplained::NoSchedule { name: wanted }.into());
        }
        let settings = name
            .split_once(':')
            .map_or(String::new(), |(_, rest)| format!(":{rest}"));
        draw(&mut screen, &format!("{wanted}{settings}"))?;
    }
    Ok(Exit::Done)
}

/// Epochs of the run that a schedule is drawn over.
const EPOCHS: u16 = 100;

/// Draws a schedule of a value that is 1 at its highest.
fn draw(screen: &mut Screen, short: &str) -> anyhow::Result<()> {
    let schedule = schedule::ALL.parse(short).map_err(|errors| {
        let spec = |source| ConfigError::Spec {
            section: "schedule".into(),
            source,
        };
        TrainError::from(errors.into_iter().map(spec).collect::<Vec<_>>())
    })?;
    let at = |tenth: u16| {
        let t = f64::from(tenth) / 10.0;
        (t as f32, schedule.value(1.0, t, f64::from(EPOCHS)) as f32)
    };
    let curve: Vec<_> = (0..=10 * EPOCHS).map(at).collect();
    screen.item(short, "")?;
    screen.line("")?;
    screen.chart(&[curve], (0.0, 1.0), |t| format!("{t:.0}"))?;
    screen.item(
        "",
        &format!("factor of the configured value over a run of {EPOCHS} epochs"),
    )?;
    if schedule.reaction().is_some() {
        screen.item(
            "",
            "It does not follow the time: it falls when the scores stop getting better.",
        )?;
    }
    Ok(())
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
