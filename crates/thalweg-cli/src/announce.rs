//! What a training is going to do: its data, their split, the network and the descent. Not how it goes.

use std::path::Path;

use thalweg::Run;
use thalweg::core::wrapper;
use thalweg::data::{Format, TargetKind, Use};
use thalweg::spec::Tunable;

use crate::screen::{Screen, count, number};

/// Columns that are shown one by one; of a wider table the rest is counted.
const MOST_COLUMNS: usize = 24;

/// What was read, how it is split, what the network is, and how it will be trained.
pub(crate) fn announce(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    announce_data(screen, run)?;
    announce_split(screen, run)?;
    screen.line("")?;
    announce_network(screen, run)?;
    screen.line("")?;
    announce_descent(screen, run)
}

pub(crate) fn announce_data(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let (data, name) = (&run.data, source_name(run));
    let dropped = match data.rows_dropped {
        0 => String::new(),
        n => format!(", {} without target left out", count(n)),
    };
    let format = match data.format {
        Format::Memory => String::new(),
        format => format!(" ({format})"),
    };
    let columns = &data.inspection.columns;
    screen.item(
        "Data",
        &format!(
            "{name}{format}: {} rows{dropped}, {} columns → {} features",
            count(data.rows_read),
            count(columns.len()),
            count(data.preprocessing.n_features())
        ),
    )?;
    let shown: Vec<_> = columns
        .iter()
        .take(MOST_COLUMNS)
        .map(|column| {
            let missing = if column.missing > 0 {
                format!("{} missing", count(column.missing))
            } else {
                String::new()
            };
            vec![column.name.clone(), use_of(run, column), missing]
        })
        .collect();
    screen.table(&["column", "use", ""], &[2], &shown)?;
    if columns.len() > MOST_COLUMNS {
        screen.item(
            "",
            &format!("and {} more columns", count(columns.len() - MOST_COLUMNS)),
        )?;
    }
    crate::inspect::suspicions(screen, columns)?;
    for note in crate::data::notes(&data.train.notes, true) {
        screen.warn(&note)?;
    }
    announce_streaming(screen, run)
}

/// How rows are had that are too large for the memory.
fn announce_streaming(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let Some(streamed) = &run.data.streamed else {
        return Ok(());
    };
    screen.item(
        "Memory",
        &format!(
            "over {}: read every epoch, batches drawn from {} rows",
            run.config.data.memory,
            count(streamed.buffer_rows)
        ),
    )?;
    if streamed.validation_left_out > 0 {
        screen.warn(&format!(
            "validation rows are a sample: {} others are left out",
            count(streamed.validation_left_out as usize)
        ))?;
    }
    let sampled = streamed.sampled_medians.len();
    if sampled > 0 {
        screen.item(
            "",
            &format!(
                "medians of {} columns are those of a sample",
                count(sampled)
            ),
        )?;
    }
    Ok(())
}

/// The file's or data set's name.
pub(crate) fn source_name(run: &Run) -> String {
    let source = &run.config.data.source;
    let name = Path::new(source).file_name();
    name.map_or(source.clone(), |name| name.to_string_lossy().into_owned())
}

fn use_of(run: &Run, column: &thalweg::data::ColumnReport) -> String {
    let preprocessing = &run.data.preprocessing;
    match &column.use_ {
        Use::Target => match preprocessing.target().kind {
            TargetKind::Classes(ref classes) => format!("target: {} classes", classes.len()),
            TargetKind::Values { mean, std } => {
                format!("target: mean {}, deviation {}", number(mean), number(std))
            }
            TargetKind::Counts => "target: counts, not standardized".into(),
        },
        other => other.to_string(),
    }
}

pub(crate) fn announce_split(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let data = &run.data;
    let validation = data
        .validation
        .as_ref()
        .map_or(0, thalweg::train::Part::rows);
    let stratified = match (&data.streamed, data.preprocessing.classes()) {
        (Some(_), _) => ", row by row",
        (None, Some(_)) => ", stratified",
        (None, None) => "",
    };
    let test = data.test_rows().map_or("other".into(), count);
    screen.item(
        "Split",
        &format!(
            "{} training, {} validation, {test} test rows (seed {}{stratified})",
            count(data.training_rows()),
            count(validation),
            run.config.training.seed
        ),
    )
}

pub(crate) fn announce_network(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    screen.item(
        "Network",
        &format!("{} parameters", count(run.network.layout().len())),
    )?;
    let last = run.network.layers().len();
    let row = |(index, layer): (usize, &thalweg::core::network::Layer)| {
        let mut extras = vec![];
        for (name, rate) in [
            ("dropout", layer.dropout.rate),
            ("dropconnect", layer.dropconnect.rate),
        ] {
            if rate > 0.0 {
                extras.push(format!("{name} {rate}"));
            }
        }
        let kind = if index + 1 == last {
            "output"
        } else {
            layer.activation.card().name
        };
        vec![
            (index + 1).to_string(),
            format!("{} → {}", layer.inputs, layer.outputs),
            kind.into(),
            count(layer.inputs * layer.outputs + layer.outputs),
            extras.join(", "),
        ]
    };
    let rows: Vec<_> = run.network.layers().iter().enumerate().map(row).collect();
    screen.table(
        &["layer", "shape", "activation", "parameters", ""],
        &[3],
        &rows,
    )
}

fn announce_descent(screen: &mut Screen, run: &Run) -> std::io::Result<()> {
    let (config, limits) = (&run.config, &run.config.training);
    let loss = config.loss.as_deref().map_or("", |loss| loss.card().name);
    screen.item(
        "Descent",
        &format!("{} on {loss}", described(config.method())),
    )?;
    for group in &config.groups {
        let settings = group.settings.iter().filter_map(|(key, _)| {
            let value = group.rule.get(key)?;
            Some(format!("{key} {value}"))
        });
        let settings: Vec<_> = settings.collect();
        screen.item("", &format!("{}: {}", group.pattern, settings.join(", ")))?;
    }
    if let Some(found) = &run.found
        && let (Some(lr), Some((low, high))) = (found.suggestion, found.interval)
    {
        screen.item(
            "",
            &format!("lr {lr} found by the range test (interval {low} to {high})"),
        )?;
    }
    let has_lr = config.solver.is_none() && config.optimizer.get("lr").is_some();
    if has_lr && (config.schedule.card().name != "constant" || config.frame.warmup > 0.0) {
        let warmup = config.frame.warmup;
        let warmup = if warmup > 0.0 {
            format!(", {warmup} of warm-up")
        } else {
            String::new()
        };
        screen.item(
            "",
            &format!(
                "{} by {}{warmup}",
                described(&*config.schedule),
                config.frame.by
            ),
        )?;
    }
    for driven in &config.driven {
        let (schedule, by) = (described(&*driven.schedule), &driven.frame.by);
        screen.item("", &format!("{} by {schedule} by {by}", driven.field))?;
    }
    for wrapper in &limits.wrappers {
        let described = wrapper::ALL.parse(wrapper).map(|it| described(&*it));
        screen.item("", &format!("within {}", described.unwrap_or_default()))?;
    }
    let batch = match (run.batch_size(), limits.accumulate) {
        (size, _) if size >= run.data.training_rows() => "full batch".to_owned(),
        (size, 1) => format!("batches of {size}"),
        (size, accumulate) => format!("{accumulate} batches of {size} to a step"),
    };
    screen.item(
        "",
        &format!(
            "{batch}, {} steps an epoch, at most {} epochs",
            count(run.steps_per_epoch() as usize),
            count(limits.epochs as usize)
        ),
    )?;
    if let Some(patience) = limits.patience
        && run.data.validation.is_some()
    {
        screen.item(
            "",
            &format!(
                "stops after {patience} epochs without a better validation {}",
                limits.monitor
            ),
        )?;
    }
    let mut penalties = vec![];
    for (name, factor) in [("l1", limits.l1), ("l2", limits.l2)] {
        if factor > 0.0 {
            penalties.push(format!("{name} {factor}"));
        }
    }
    if !penalties.is_empty() {
        screen.item("", &penalties.join(", "))?;
    }
    if run.epoch() > 0 {
        screen.item("", &format!("goes on after epoch {}", run.epoch()))?;
    }
    Ok(())
}

/// `adam (lr 0.001, beta1 0.9, …)`.
fn described(member: &(impl Tunable + ?Sized)) -> String {
    let settings: Vec<_> = member
        .dump()
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    match &settings[..] {
        [] => member.card().name.into(),
        settings => format!("{} ({})", member.card().name, settings.join(", ")),
    }
}
