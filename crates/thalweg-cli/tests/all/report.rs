//! The pages: that they are HTML, that a browser draws all of their figures, fetches nothing and reports no error, and
//! that what can be clicked does something. The last need Chromium; without one they say so and check the rest.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use scraper::{Html, Selector};

use crate::common::Place;

/// Chromium, if there is one.
// A skipped test has no other way to say so.
#[allow(clippy::print_stderr)]
fn chromium() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&paths)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no Chromium to open the pages with");
    }
    found
}

/// What is put in front of a page's own scripts: errors are written into the page.
const BEFORE: &str = "<script>
    document.documentElement.dataset.errors = '';
    const tell = (text) => (document.documentElement.dataset.errors += text + '; ');
    addEventListener('error', (event) => tell(event.message));
    addEventListener('securitypolicyviolation', (event) => tell('fetched ' + event.blockedURI));
    console.error = console.warn = (...all) => tell(all.join(' '));
</script>";

/// And behind them: what was drawn, and what clicks did.
const BEHIND: &str = "<script>
    const marks = document.documentElement.dataset;
    const charts = () => [...document.querySelectorAll('[data-chart]')];
    const shapes = (chart) => chart.querySelectorAll('svg path, svg circle, svg rect').length;
    marks.drawn = charts().filter((chart) => shapes(chart) > 3).length;
    marks.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    marks.fetched = performance.getEntriesByType('resource').length;
    const theme = marks.theme;
    document.getElementById('theme').click();
    marks.themed = marks.theme !== theme && charts().every((chart) => shapes(chart) > 3);
    document.querySelectorAll('summary').forEach((summary) => summary.click());
    marks.open = document.querySelectorAll('details[open]').length;
    marks.sorted = [...document.querySelectorAll('table.sortable')].filter((table) => {
        const order = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).join();
        const button = table.tHead.querySelector('button');
        button.click();
        const up = order();
        button.click();
        return table.tBodies[0].rows.length < 2 || up !== order();
    }).length;
    const labels = () => charts().map((chart) => chart.textContent).join();
    const before = labels();
    document.querySelectorAll('[data-axis]')[1]?.click();
    marks.changed = before !== labels();
    marks.done = 'yes';
</script>";

/// The page as a browser of this width has it, and after clicks.
fn opened(browser: &Path, place: &Place, page: &str, size: &str) -> Html {
    // The library has such tags in its texts: the page's own are the first and the last.
    let (head, body) = (
        page.find("<head>").unwrap() + 6,
        page.rfind("</body>").unwrap(),
    );
    let parts = [
        &page[..head],
        BEFORE,
        &page[head..body],
        BEHIND,
        &page[body..],
    ];
    let probed = parts.concat();
    place.write("probed.html", probed);
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args([
            "--virtual-time-budget=10000",
            &format!("--window-size={size}"),
        ])
        .arg(format!(
            "--user-data-dir={}",
            place.path("profile").display()
        ))
        .arg(format!("file://{}", place.path("probed.html").display()))
        .output()
        .unwrap();
    Html::parse_document(&String::from_utf8_lossy(&output.stdout))
}

/// A page that is HTML and small, whose figures a browser draws, wide and narrow.
fn check(place: &Place, path: &str) -> Html {
    let page = place.read(path);
    assert!(page.len() < 6 << 20, "{} bytes", page.len());
    let parsed = Html::parse_document(&page);
    assert_eq!(parsed.errors, Vec::<&str>::new());
    let all =
        |html: &Html, selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
    for each in parsed.select(&Selector::parse("figure").unwrap()) {
        let caption = Selector::parse("figcaption p").unwrap();
        assert!(
            each.select(&caption).next().is_some(),
            "every figure is explained"
        );
    }
    if let Some(browser) = chromium() {
        for size in ["1200,900", "400,800"] {
            let shown = opened(&browser, place, &page, size);
            let root = shown.root_element().value();
            let mark = |name: &str| {
                root.attr(&format!("data-{name}"))
                    .unwrap_or("none")
                    .to_owned()
            };
            assert_eq!(mark("done"), "yes", "{path} at {size}: {}", mark("errors"));
            assert_eq!(mark("errors"), "", "{path} at {size}");
            assert_eq!(
                mark("drawn"),
                all(&parsed, "[data-chart]").to_string(),
                "{path} at {size}"
            );
            assert_eq!(
                mark("wide"),
                "0",
                "nothing is wider than the window of {size}"
            );
            assert_eq!(
                (mark("fetched"), mark("themed")),
                ("0".into(), "true".into())
            );
            assert_eq!(mark("open"), all(&parsed, "details").to_string());
            assert_eq!(mark("sorted"), all(&parsed, "table.sortable").to_string());
            let has_choices = all(&parsed, "[data-axis]") > 0;
            assert_eq!(mark("changed"), has_choices.to_string());
        }
    }
    parsed
}

#[test]
fn a_training_leaves_a_page_and_report_adds_what_can_be_measured() {
    let place = Place::new();
    place.out(
        "train moons:n=300 --hidden 8,4 --epochs 12 --record-path --probe full --quiet --out run",
    );
    let left = check(&place, "run/report.html");
    let text = left.root_element().text().collect::<String>();
    for part in [
        "Learning curves",
        "What is taken for what",
        "thalweg report run",
        "weights kept",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let out = place.out("report run --rows 100");
    assert!(out.contains("run/report.html"), "{out}");
    let page = check(&place, "run/report.html");
    let text = page.root_element().text().collect::<String>();
    for part in [
        "The loss surface around the path",
        "The spectrum of the Hessian",
        "The noise of the gradient",
        "longest stable one",
        "does not lie in the plane",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let bold = Selector::parse(".settings strong").unwrap();
    let bold: Vec<String> = page.select(&bold).map(|it| it.inner_html()).collect();
    assert!(bold.contains(&"[8, 4]".to_owned()), "{bold:?}");
}

#[test]
fn names_from_the_data_stay_text() {
    let place = Place::new();
    let mut table = String::from("a,<script>alert(1)</script>\n");
    for k in 0..120 {
        writeln!(table, "{k},{}", 3 * k + k % 5).unwrap();
    }
    place.write("x<b>.csv", table);
    place
        .command("train")
        .args([
            "x<b>.csv",
            "--target",
            "<script>alert(1)</script>",
            "--epochs",
            "3",
            "--quiet",
            "--out",
            "run",
        ])
        .status()
        .unwrap();
    let page = check(&place, "run/report.html");
    let text = page.root_element().text().collect::<String>();
    assert!(text.contains("<script>alert(1)</script> (regression)"));
    assert!(text.contains("Predictions and true values"));
    let scripts = Selector::parse("script").unwrap();
    assert_eq!(
        page.select(&scripts).count(),
        3,
        "the library, the data and the page's own"
    );
}

#[test]
fn a_comparison_has_a_race_and_a_plane() {
    let place = Place::new();
    let line = "compare moons:n=300 --hidden 8 --epochs 4 --seeds 2 --tune 2 --optimizer sgd --optimizer adam";
    place.out(&format!("{line} --quiet --out c"));
    let page = check(&place, "c/report.html");
    let text = page.root_element().text().collect::<String>();
    for part in [
        "The race",
        "All trajectories on one plane",
        "Learning rates that were tried",
        "adam",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let before = place.read("c/report.html");
    place.out("report c");
    assert_eq!(
        before,
        place.read("c/report.html"),
        "the same when it is written again"
    );
    std::fs::remove_dir_all(place.path("c/2-adam/seed-1")).unwrap();
    place.fails(
        "report c",
        1,
        "the comparison has not ended; go on with `thalweg compare --resume c`",
    );
    assert!(
        !place.path("c/2-adam/seed-1").exists(),
        "no training begins"
    );
    place.fails(
        "report c run --output x.html",
        2,
        "--output is only for a single run",
    );
}

/// A run of many epochs keeps its page small.
#[test]
fn ten_thousand_epochs_are_a_page_that_opens() {
    let place = Place::new();
    place.out("train moons:n=60 --hidden 2 --epochs 3 --patience never --quiet --out run");
    let metrics = place.read("run/metrics.jsonl");
    let epoch = metrics.lines().nth(1).unwrap();
    let record: serde_json::Value = serde_json::from_str(epoch).unwrap();
    let mut lines: Vec<String> = Vec::new();
    for k in 0..10_000_u32 {
        let mut record = record.clone();
        record["epoch"] = k.into();
        record["loss"] = (1.0 + f64::from(k % 17)).into();
        lines.push(record.to_string());
    }
    lines.push(metrics.lines().last().unwrap().to_owned());
    place.write("run/metrics.jsonl", lines.join("\n"));
    place.out("report run --grid 11");
    check(&place, "run/report.html");
}
