//! Bad input: what the command says, and how it ends. The messages about files have tests of their own beside their code.

use crate::common::{Place, table};

#[test]
fn data_that_cannot_be_read_is_named() {
    let place = Place::new();
    place
        .write("empty.csv", "")
        .write("head.csv", "a,b\n")
        .write("t.csv", table(60, 0));
    place
        .write("ragged.csv", "a,b\n1,2\n3,4,5\n")
        .write("latin.csv", b"a,b\n1,2\n3,M\xFCnchen\n");
    place.write("double.csv", "a,a\n1,2\n");
    std::fs::create_dir(place.path("folder")).unwrap();
    place.fails("train lettr.csv --target a", 2, "no such file `lettr.csv`");
    place.fails(
        "train dgits",
        2,
        "no such file or data set `dgits`; did you mean `digits`?",
    );
    place.fails(
        "train folder --target a",
        2,
        "`folder` is a folder; name the file in it that holds the data",
    );
    place.fails(
        "train empty.csv --target a",
        2,
        "`empty.csv` is empty; it needs a header and rows",
    );
    place.fails(
        "train head.csv --target a",
        2,
        "`head.csv` has a header and no rows; add rows below line 1",
    );
    place.fails(
        "train ragged.csv --target a",
        2,
        "`ragged.csv`, line 3: expected 2 fields, found 3; put text that contains the delimiter `,` in quotes",
    );
    place.fails(
        "train latin.csv --target a",
        2,
        "`latin.csv` is not UTF-8: line 3, column 4 has the byte 0xFC; save it as UTF-8",
    );
    place.fails(
        "train t.csv --target prise",
        2,
        "unknown target `prise` of `t.csv`; did you mean `price`?",
    );
    place.fails("train t.csv", 2, "no target given; say with --target which column of `t.csv` to predict: `size`, `color`, `used`, `price`, `kind`");
}

#[test]
fn targets_that_cannot_be_learned_are_explained() {
    let place = Place::new();
    place.write("t.csv", table(60, 0));
    place.write("one.csv", "x,y\n".to_owned() + &"1,a\n2,a\n".repeat(20));
    place.write(
        "single.csv",
        "x,y\n".to_owned() + &"1,a\n2,b\n".repeat(20) + "3,c\n",
    );
    place.write(
        "gap.csv",
        "x,y\n".to_owned() + &"1,2.5\n2,3.5\n".repeat(20) + "3,\n4,NA\n",
    );
    place.fails("train t.csv --target kind --task regression", 2, "target `kind` is not a number at line 2: `cheap`; correct it, or use --task classification");
    for (file, start) in [
        ("one.csv", "target `y` has one class only, `a`"),
        ("single.csv", "class `c` of target `y` has a single row"),
        (
            "gap.csv",
            "target `y` of `gap.csv` is missing or not finite in 2 of 42 rows (lines 42, 43)",
        ),
    ] {
        let ran = place.run(&format!("train {file} --target y"));
        assert!(
            ran.err.starts_with(&format!("error: {start}")),
            "{}",
            ran.err
        );
        assert_eq!(ran.code, 2);
    }
    place.out("train gap.csv --target y --drop-missing-target --epochs 1 --quiet");
}

#[test]
fn settings_are_checked_all_at_once() {
    let place = Place::new();
    place.fails(
        "train digits --optimizer adam:lr=-1,beta3=0.9 --dropout 1 --activation relo --batch-size 0",
        2,
        "5 settings are wrong:\n  \
         network: unknown activation `relo`; did you mean `relu`?\n  \
         network: `dropout` of `network` must be in [0, 1), found 1\n  \
         training: `batch_size` of `training` must be at least 1, found 0\n  \
         optimizer: `lr` of `adam` must be at least 0, found -1\n  \
         optimizer: `adam` has no setting `beta3`; did you mean `beta1` or `beta2`?",
    );
    place.write(
        "v.csv",
        "size,color,used,price,kind\n1,red,true,1,cheap\n2,red,true,1,cheap\n",
    );
    place.write("t.csv", table(60, 0));
    let ran = place.run("train t.csv --target kind --validation v.csv --monitor auc");
    assert_eq!(
        ran.err.trim_end(),
        "error: training: `monitor` is `auc`, which is not defined on the validation rows; use loss, or other rows"
    );
    place.fails(
        "train digits --optimizer adem",
        2,
        "optimizer: unknown optimizer `adem`; did you mean `adam` or `adamw` or `adamax`?",
    );
    place.fails(
        "train digits --set lr=3",
        2,
        "`lr=3` is not of the form `section.key=value`, as in `optimizer.lr=0.01`",
    );
    place.fails(
        "train digits --set tranining.seed=3",
        2,
        "unknown section `tranining`; did you mean `training`?",
    );
    place.fails(
        "train digits --batch-size 5000",
        2,
        "training: `batch_size` is 5000, but there are 1437 training rows; use at most 1437, or `full`",
    );
    place.fails(
        "train digits --hidden 1000000,1000000",
        2,
        "network: 1000076000010 parameters are too many; make `hidden` narrower (at most 1000000000 parameters)",
    );
    place.fails(
        "train digits --loss huber",
        2,
        "loss: `huber` is not for several classes; use softmax_cross_entropy",
    );
    place.fails(
        "train sine --monitor accuracy",
        2,
        "training: `monitor` is `accuracy`, which does not measure this task; use loss, rmse, mae, r2",
    );
    place.fails(
        "train sine --class-weight balanced",
        2,
        "training: `class_weight` is `balanced`, but a regression has no classes; use `none`",
    );
    place.fails(
        "train digits --validation 1.5",
        2,
        "data: `validation` is `1.5`; it takes a fraction in [0, 1) or a file",
    );
    place.fails(
        "train digits --optimizer momentum:ema=true,dampening=0.5",
        2,
        "optimizer: `momentum`: `ema` already weighs each gradient with 1 − momentum: set `dampening` to 0",
    );
    place.fails(
        "train digits --set network.name=x",
        2,
        "network: `network` has no setting `name`; there are hidden, activation, init, dropout, input_dropout, dropconnect",
    );
    place.fails(
        "train digits --seed 9223372036854775809",
        2,
        "training: `seed` of `training` must be at least 0, found 9223372036854775809",
    );
    place
        .write("c.toml", "[training]\nepoch = 3\n")
        .write("d.toml", "[training\n");
    place.fails(
        "train digits --config c.toml",
        2,
        "training: `training` has no setting `epoch`; did you mean `epochs`?",
    );
    let ran = place.run("train digits --config d.toml");
    assert!(
        ran.err.starts_with("error: d.toml, line 1: "),
        "{}",
        ran.err
    );
}

#[test]
fn a_setting_is_given_once() {
    let place = Place::new();
    place.fails(
        "train digits --lr 0.1 --optimizer sgd:lr=0.5",
        2,
        "`optimizer.lr` is given twice; give it once",
    );
    place.fails(
        "train digits --patience never --set training.patience=5 --set foo=1 --dropout 2",
        2,
        "3 settings are wrong:\n  `training.patience` is given twice; give it once\n  \
         `foo=1` is not of the form `section.key=value`, as in `optimizer.lr=0.01`\n  \
         network: `dropout` of `network` must be in [0, 1), found 2",
    );
}

#[test]
fn predictions_do_not_replace_their_data() {
    let place = Place::new();
    place.write("t.csv", table(60, 0));
    place.out("train t.csv --target kind --epochs 1 --quiet --out run");
    place.fails(
        "predict run t.csv --output ./t.csv",
        2,
        "`./t.csv` is the file that is predicted; name another one for the predictions",
    );
    assert_eq!(place.read("t.csv"), table(60, 0));
}

#[test]
fn a_typo_among_numbers_is_pointed_out() {
    let place = Place::new();
    let mut rows: Vec<String> = (0..200).map(|i| format!("{i},{}", 3 * i)).collect();
    rows[40] = "oops,120".into();
    place.write("t.csv", "x,y\n".to_owned() + &rows.join("\n"));
    let out = place.out("inspect t.csv");
    assert!(out.contains("line 42 has `oops`"), "{out}");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let place = Place::new();
    for line in [
        "train --resume r --config c.toml",
        "train digits --resume r",
        "train --resume r --out o",
        "train",
    ] {
        let ran = place.run(line);
        assert_eq!(ran.code, 2, "{line}");
        assert!(ran.err.contains("Usage: thalweg train"), "{}", ran.err);
    }
    let ran = place.run("train digits --threads 0");
    assert!(
        ran.err.contains("takes a number from 1 to 1024"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 2);
}

#[test]
fn folders_that_cannot_be_used_are_named() {
    let place = Place::new();
    place.write("file", "").write("t.csv", "a\n1\n");
    std::fs::create_dir(place.path("full")).unwrap();
    place.write("full/something", "");
    place.fails(
        "train digits --out full",
        2,
        "`full` exists and is not empty; name another folder, or go on with --resume full",
    );
    place.fails(
        "train digits --out file",
        2,
        "`file` exists and is not empty; name another folder, or go on with --resume file",
    );
    place.fails(
        "train digits --out file/run",
        1,
        "cannot create `file/run`: Not a directory (os error 20)",
    );
    place.fails(
        "train --resume full",
        2,
        "`full` is no run: it has no run.toml",
    );
    place.fails(
        "predict full t.csv",
        2,
        "`full` is no run: it has no run.toml",
    );
    place.fails(
        "evaluate nowhere t.csv",
        2,
        "`nowhere` is no run: it has no run.toml",
    );
}

#[test]
fn a_damaged_or_newer_model_is_found() {
    let place = Place::new();
    place.write("t.csv", table(60, 0));
    place.out("train t.csv --target kind --epochs 1 --quiet --out run");
    let model = place.path("run/model.safetensors");
    let good = std::fs::read(&model).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 4;
    std::fs::write(&model, &bad).unwrap();
    let ran = place.run("predict run t.csv");
    assert!(
        ran.err
            .starts_with("error: `run/model.safetensors` is damaged: "),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 2);

    let text = String::from_utf8_lossy(&good).into_owned();
    assert!(text.contains(r#"\"format\":1"#));
    let newer: Vec<u8> = replace(&good, br#"\"format\":1"#, br#"\"format\":9"#);
    std::fs::write(&model, newer).unwrap();
    place.fails(
        "predict run t.csv",
        2,
        "`run/model.safetensors` has format 9; this version of thalweg reads up to format 1: install a newer one",
    );
    std::fs::remove_file(&model).unwrap();
    place.fails(
        "predict run t.csv",
        2,
        "`run` has no model yet; go on with `thalweg train --resume run`",
    );
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn columns_are_found_by_name_and_missing_ones_are_named() {
    let place = Place::new();
    place.write("t.csv", table(90, 0));
    place.out("train t.csv --target kind --ignore price --epochs 2 --quiet --out run");
    place.write(
        "swapped.csv",
        "extra,used,size,color\n1,true,5,red\n2,false,9,violet\n3,false,9,\n",
    );
    place.write("short.csv", "size,colour\n5,red\n");
    let ran = place.run("predict run swapped.csv");
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out.lines().count(), 4);
    assert_eq!(ran.out.lines().next(), Some("prediction"));
    assert_eq!(
        ran.err.lines().collect::<Vec<_>>(),
        [
            "note: `color` has 1 rows with categories that training has not seen (as violet); they are treated as missing",
            "note: missing values were filled in: color (1)",
            "note: columns that training did not have are ignored: extra",
            "note: the columns stand in another order than in training; they were found by name",
        ]
    );
    place.fails("predict run short.csv", 2, "`short.csv` lacks columns that the model was trained on: `color` (did you mean `colour`?), `used`");
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_file() {
    let place = Place::new();
    // No file may grow beyond 8 blocks, as on a disk that is full; the signal that would end the process is ignored.
    let exe = env!("CARGO_BIN_EXE_thalweg");
    let script =
        format!("trap '' XFSZ; ulimit -f 8; exec {exe} train digits --epochs 1 --quiet --out run");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap().trim_end(),
        "error: cannot write `run/checkpoint.safetensors`: File too large (os error 27)"
    );
    let left: Vec<_> = std::fs::read_dir(place.path("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["run.toml"]);
}
