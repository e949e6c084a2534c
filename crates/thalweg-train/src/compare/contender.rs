//! Who races: all combinations of the values that settings are to take.

use thalweg_core::spec::{Listed as _, Tunable, near_names};

use crate::{ConfigError, SETTINGS, Settings};

/// The settings of one of those that race.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// What it differs in from the others, as `momentum:lr=0.1, dropout=0.2`.
    pub name: String,
    /// All that was set for it.
    pub settings: Settings,
}

/// A value of a setting.
struct Choice {
    /// As `dropout=0.2`, or a rule's short form.
    label: String,
    /// As `network.dropout=0.2`.
    assignment: String,
}

/// All combinations of optimizers, in their short forms, and variations, as `dropout=0,0.2,0.5`; a list of lists has its
/// values between semicolons, as `hidden=64,32;128`.
///
/// # Errors
/// A setting that does not exist, a variation without a value, or nothing that differs.
pub fn contenders(
    base: &Settings,
    optimizers: &[String],
    variations: &[String],
) -> Result<Vec<Contender>, Vec<ConfigError>> {
    let (mut axes, mut errors) = (Vec::new(), Vec::new());
    if !optimizers.is_empty() {
        let choice = |short: &String| Choice {
            label: short.clone(),
            assignment: format!("optimizer.name={short}"),
        };
        axes.push(optimizers.iter().map(choice).collect());
    }
    for variation in variations {
        match choices(variation) {
            Ok(choices) => axes.push(choices),
            Err(error) => errors.push(error),
        }
    }
    if axes.is_empty() && errors.is_empty() {
        errors.push(ConfigError::NothingToCompare);
    }
    let mut contenders = vec![Contender {
        name: String::new(),
        settings: base.clone(),
    }];
    for axis in &axes {
        let mut combined = Vec::new();
        for contender in &contenders {
            for choice in axis {
                let mut settings = contender.settings.clone();
                errors.extend(settings.assign(&choice.assignment).err());
                let gap = if contender.name.is_empty() { "" } else { ", " };
                let name = format!("{}{gap}{}", contender.name, choice.label);
                combined.push(Contender { name, settings });
            }
        }
        contenders = combined;
    }
    errors.dedup();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(contenders)
}

fn choices(variation: &str) -> Result<Vec<Choice>, ConfigError> {
    let wrong = || ConfigError::Variation {
        text: variation.into(),
    };
    let (key, values) = variation.split_once('=').ok_or_else(wrong)?;
    let key = key.trim();
    let path = path_of(key)?;
    let separator = if values.contains(';') { ';' } else { ',' };
    let values: Vec<&str> = values.split(separator).map(str::trim).collect();
    if values.iter().all(|value| value.is_empty()) {
        return Err(wrong());
    }
    let choice = |value: &&str| Choice {
        label: format!("{key}={value}"),
        assignment: format!("{path}={value}"),
    };
    Ok(values.iter().map(choice).collect())
}

/// Section and key of a setting that is named alone, as a flag is: `network.dropout` for `dropout`.
fn path_of(key: &str) -> Result<String, ConfigError> {
    let key = key.replace('-', "_");
    if key.contains('.') {
        return Ok(key);
    }
    if ["optimizer", "loss", "schedule"].contains(&key.as_str()) {
        return Ok(format!("{key}.name"));
    }
    if key == "lr" {
        return Ok("optimizer.lr".into());
    }
    let sections: Vec<Box<dyn Tunable>> = SETTINGS.members();
    if let Some(section) = sections.iter().find(|section| section.get(&key).is_some()) {
        return Ok(format!("{}.{key}", section.card().name));
    }
    let fields = sections.iter().flat_map(|section| section.fields());
    let names: Vec<&str> = fields.map(|field| field.name).collect();
    Err(ConfigError::UnknownVariation {
        near: near_names(&key, names),
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(optimizers: &[&str], variations: &[&str]) -> Result<Vec<Contender>, Vec<ConfigError>> {
        let owned =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(|it| (*it).into()).collect() };
        contenders(&Settings::default(), &owned(optimizers), &owned(variations))
    }

    #[test]
    fn all_combinations_race() {
        let found = all(
            &["sgd:lr=0.1", "adam"],
            &["dropout=0,0.2", "hidden=64,32;8"],
        )
        .unwrap();
        assert_eq!(found.len(), 8);
        assert_eq!(found[0].name, "sgd:lr=0.1, dropout=0, hidden=64,32");
        assert_eq!(found[7].name, "adam, dropout=0.2, hidden=8");
        assert_eq!(found[1].settings.get("network", "hidden").unwrap(), "8");
        assert_eq!(found[1].settings.get("optimizer", "lr").unwrap(), "0.1");
        let twice = all(&["adam", "adam"], &[]).unwrap();
        assert_eq!(twice[0], twice[1]);
        assert_eq!(all(&[], &[]), Err(vec![ConfigError::NothingToCompare]));
    }

    #[test]
    fn what_cannot_vary_is_told_with_near_names() {
        let errors = all(&[], &["droput=0,1", "dropout", "dropout="]).unwrap_err();
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "vary: there is no setting `droput`; did you mean `dropout`?",
                "`dropout` is not of the form `setting=value,value`, as in `dropout=0,0.2,0.5`",
                "`dropout=` is not of the form `setting=value,value`, as in `dropout=0,0.2,0.5`",
            ]
        );
    }
}
