//! Trainings on counts, which a loss takes as they are. Not the loss itself.

#![allow(clippy::float_cmp)]

use crate::common::Place;

/// Counts of two groups, of mean 2 and 10: so few different ones that they would be classes.
const COUNTS: [(&str, [f64; 4]); 2] = [
    ("few", [0.0, 1.0, 2.0, 5.0]),
    ("many", [3.0, 7.0, 10.0, 20.0]),
];

fn place() -> Place {
    let place = Place::new();
    let row = |at: usize| {
        let (group, counts) = &COUNTS[at % 2];
        format!("{group},{}\n", counts[at / 2 % 4])
    };
    let rows: String = (0..400).map(row).collect();
    place.write("t.csv", "group,count\n".to_owned() + &rows);
    place
}

/// A network without hidden layers, on all rows.
const LINE: &str = "train t.csv --target count --loss poisson --hidden= --validation 0 --test 0 --optimizer lbfgs \
                    --epochs 60 --quiet";

/// The fit of a Poisson regression with a term for each group is the mean of each group (McCullagh & Nelder 1989): the
/// slopes Σ (e^z − y) over the rows of a group are 0 there.
#[test]
fn a_linear_model_predicts_the_mean_of_each_group() {
    let place = place();
    place.out(&format!("{LINE} --out run"));
    let out = place.out("predict run t.csv");
    let predicted: Vec<f64> = out
        .lines()
        .skip(1)
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(predicted.len(), 400);
    for (at, mean) in predicted.iter().enumerate() {
        let exact = [2.0, 10.0][at % 2];
        assert!((mean - exact).abs() < 1e-3 * exact, "{mean} {exact}");
    }

    // Scores are those of these means: half the deviance, and the metrics of plain numbers.
    let scores = &place.json("evaluate run t.csv --json")["scores"];
    let each = |f: fn(f64, f64) -> f64| {
        let pairs = COUNTS.iter().zip([2.0, 10.0]);
        let costs = pairs.flat_map(|((_, counts), mean)| counts.map(|y| f(y, mean)));
        costs.sum::<f64>() / 8.0
    };
    let deviance = each(|y, mean| {
        let of_y = if y > 0.0 { y * (y / mean).ln() } else { 0.0 };
        of_y - y + mean
    });
    let squared = each(|y, mean| (y - mean).powi(2));
    // The mean of all counts is 6.
    let variance = each(|y, _| (y - 6.0).powi(2));
    for (name, exact) in [
        ("loss", deviance),
        ("rmse", squared.sqrt()),
        ("mae", each(|y, mean| (y - mean).abs())),
        ("r2", 1.0 - squared / variance),
    ] {
        let found = scores[name].as_f64().unwrap();
        assert!(
            (found - exact).abs() < 1e-3 * exact,
            "{name}: {found} {exact}"
        );
    }
}

#[test]
fn a_run_on_counts_goes_on_with_the_same_bits() {
    let place = place();
    let line = "train t.csv --target count --loss poisson --hidden 8 --patience never --schedule constant \
                --quiet";
    place.out(&format!("{line} --epochs 4 --out whole"));
    place.out(&format!("{line} --epochs 2 --out parts"));
    place.out("train --resume parts --epochs 4 --quiet");
    assert_eq!(place.read("parts/run.toml"), place.read("whole/run.toml"));
    let model = |run: &str| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(model("parts") == model("whole"));
}

#[test]
fn negative_counts_are_refused() {
    let place = place();
    let text = place.read("t.csv") + "few,-1\n";
    place.write("bad.csv", text);
    let said = "target `count` of `bad.csv` is -1 at line 402, and the loss is for numbers of at least 0; correct it, \
                or choose another --loss";
    place.fails("train bad.csv --target count --loss poisson", 2, said);
    place.fails(
        "train t.csv --target count --loss poisson --validation bad.csv",
        2,
        said,
    );
    place.out(&format!("{LINE} --out run"));
    place.fails("evaluate run bad.csv", 2, said);
    // Without that loss they are numbers like others.
    place.out("train bad.csv --target count --task regression --epochs 1 --quiet");
}
