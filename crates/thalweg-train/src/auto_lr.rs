//! `lr = "auto"`: how it is read and written, and how a number takes its place. The number itself: see `range_test`.

use thalweg_core::network::Network;
use thalweg_core::spec::Value;
use thalweg_core::team::Team;

use crate::around::Group;
use crate::found::Found;
use crate::prepare::Prepared;
use crate::range_test::RangeTest;
use crate::{AUTO, Config, ConfigError, TrainError};

/// How many times as many steps are taken where the usual ones cannot tell.
const PATIENCE: u64 = 3;

/// Takes `lr = "auto"` out of an optimizer's settings; true if it was there.
pub(crate) fn take(settings: &mut Vec<(String, Value)>) -> bool {
    let all = settings.len();
    settings.retain(|(key, value)| key != "lr" || value.to_string() != AUTO);
    settings.len() < all
}

/// What is wrong with `lr = "auto"`.
pub(crate) fn check(config: &Config, errors: &mut Vec<ConfigError>) {
    if config.auto_lr {
        check_sweep(config, errors);
    }
}

/// What is wrong with looking for a learning rate: there must be one, and only one.
pub(crate) fn check_sweep(config: &Config, errors: &mut Vec<ConfigError>) {
    if config.solver.is_some() || config.optimizer.get("lr").is_none() {
        let optimizer = config.method().card().name;
        errors.push(ConfigError::NoLr { optimizer });
    }
    let has_own = |group: &&Group| group.settings.iter().any(|(key, _)| key == "lr");
    for group in config.groups.iter().filter(has_own) {
        let pattern = group.pattern.clone();
        errors.push(ConfigError::OwnLr { pattern });
    }
}

/// Writes the word for the number, in a section that has just been written.
pub(crate) fn write(text: &mut String) {
    const KEY: &str = "\nlr = ";
    if let Some(at) = text.rfind(KEY) {
        let begin = at + KEY.len();
        let end = text[begin..].find('\n').map_or(text.len(), |at| begin + at);
        text.replace_range(begin..end, &format!("\"{AUTO}\""));
    }
}

/// Puts the learning rate that a range test finds into a configuration that asks for it.
pub(crate) fn settle(
    config: &mut Config,
    data: &Prepared,
    network: &Network,
    team: &Team,
) -> Result<Option<Found>, TrainError> {
    if !config.auto_lr {
        return Ok(None);
    }
    let mut test = RangeTest::default();
    let mut found = test.find(config, data, network, team)?;
    if found.suggestion.is_none() {
        test.steps *= PATIENCE;
        found = test.find(config, data, network, team)?;
    }
    let Some(lr) = found.suggestion else {
        return Err(TrainError::NoLrFound {
            verdict: found.verdict,
        });
    };
    let lr = Value::Float(lr);
    // Every learning rate of a range test is in range.
    let _ = config.optimizer.set("lr", &lr);
    for group in &mut config.groups {
        let _ = group.rule.set("lr", &lr);
    }
    config.auto_lr = false;
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use crate::{Config, Run, Settings};

    #[test]
    fn auto_is_written_until_a_number_is_found() {
        let mut settings = Settings::default();
        settings.choose("optimizer", "sgd:lr=auto").unwrap();
        settings.assign("data.source=moons").unwrap();
        let config = Config::new(&settings).unwrap();
        let text = config.to_toml();
        assert!(
            config.auto_lr && text.contains("\nlr = \"auto\"\n"),
            "{text}"
        );
        let again = Config::new(&Settings::from_toml(&text, "run.toml").unwrap()).unwrap();
        assert_eq!(again.to_toml(), text);

        let run = Run::new(config, 1).unwrap();
        let lr = run
            .found
            .as_ref()
            .and_then(|found| found.suggestion)
            .unwrap();
        let text = run.config.to_toml();
        assert!(text.contains(&format!("\nlr = {lr}\n")), "{text}");
        assert!(!run.config.auto_lr);
    }

    #[test]
    fn a_rule_without_lr_has_none_to_find() {
        let mut settings = Settings::default();
        settings.choose("optimizer", "rprop").unwrap();
        settings.assign("optimizer.lr=auto").unwrap();
        let errors = Config::new(&settings).err().unwrap();
        assert!(errors[0].to_string().contains("`rprop` has no `lr`"));
    }
}
