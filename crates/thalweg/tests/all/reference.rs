//! Writes `docs/reference` from the families' own descriptions, and fails when that changed a file.
//!
//! No page is written by hand: what it says is in the member's card and fields.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use thalweg::spec::{FieldInfo, Listed, Range, Tunable, Value};

const HEAD: &str = "<!-- Generated from the code by `cargo test --package thalweg --test all reference`: change it there. -->";

/// What the tests of the update rules write.
const EVIDENCE: &str = "evidence.md";

#[test]
fn the_reference_is_what_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let pages = pages();
    let mut rewritten = Vec::new();
    for (name, text) in &pages {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            fs::create_dir_all(&folder).expect("docs can be written");
            fs::write(&path, text).expect("docs can be written");
            rewritten.push(name.as_str());
        }
    }
    let stray: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("docs can be read")
        .map(|entry| entry.expect("docs can be read").path())
        .filter(|path| !path.ends_with(EVIDENCE) && !pages.keys().any(|name| path.ends_with(name)))
        .collect();
    assert!(
        stray.is_empty(),
        "no family has these pages, delete them: {stray:?}"
    );
    assert!(
        rewritten.is_empty(),
        "docs/reference was out of date and is rewritten ({}): run the test again and commit",
        rewritten.join(", ")
    );
}

/// Every page by its file name.
fn pages() -> BTreeMap<String, String> {
    let families = thalweg::families();
    let page = |family: &&dyn Listed| (format!("{}.md", family.name()), page(*family));
    let mut pages: BTreeMap<_, _> = families.iter().map(page).collect();
    pages.insert("README.md".into(), index(&families));
    pages
}

fn index(families: &[&dyn Listed]) -> String {
    let mut page = Page::new("Reference");
    page.paragraph(
        "Everything that has a name in a configuration, on the command line and in the library. \
         The same is printed by `thalweg list` and `thalweg explain`.",
    );
    page.paragraph(&format!(
        "[Evidence]({EVIDENCE}): every update rule beside the programs that people know it from, with the largest difference."
    ));
    page.row(["family", "what", "members"].map(String::from));
    page.row(["---"; 3].map(String::from));
    for family in families {
        let name = family.name();
        let members = family.members().into_iter().map(|member| {
            let member = member.card().name;
            format!("[{member}]({name}.md#{member})")
        });
        let members: Vec<_> = members.collect();
        page.row([
            format!("[{name}]({name}.md)"),
            family.summary().into(),
            members.join(", "),
        ]);
    }
    page.text
}

fn page(family: &dyn Listed) -> String {
    let name = family.name();
    let mut page = Page::new(&(name[..1].to_uppercase() + &name[1..]));
    page.paragraph(family.summary());
    for member in family.members() {
        describe(&mut page, &*member);
    }
    page.text
}

fn describe(page: &mut Page, member: &dyn Tunable) {
    let card = member.card();
    page.line(&format!("## {}", card.name));
    page.paragraph(card.summary);
    if !card.formula.is_empty() {
        page.line(&format!("```text\n{}\n```", card.formula));
    }
    let fields = member.fields();
    if !fields.is_empty() {
        page.row(["setting", "default", "range", "meaning"].map(String::from));
        page.row(["---"; 4].map(String::from));
        for field in fields {
            page.row([
                format!("`{}`", field.name),
                default(&field.default),
                range(&field),
                field.doc.into(),
            ]);
        }
    }
    if !card.differences.is_empty() {
        page.paragraph(&format!("**Differences.** {}", card.differences));
    }
    if !card.paper.is_empty() {
        page.line(&format!("**Paper.** {}", card.paper));
    }
}

fn default(value: &Value) -> String {
    match value.to_string() {
        text if ["", "[]"].contains(&text.as_str()) => "(empty)".into(),
        text => format!("`{text}`"),
    }
}

/// The kind of value and what is allowed of it.
fn range(field: &FieldInfo) -> String {
    match field.range {
        Range::Any => field.kind.into(),
        Range::OneOf(names) | Range::Member { names, .. } => {
            let names: Vec<_> = names().iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        }
        range => format!("{}, {range}", field.kind),
    }
}

/// Markdown in the making.
struct Page {
    text: String,
}

impl Page {
    fn new(title: &str) -> Page {
        Page {
            text: format!("{HEAD}\n\n# {title}\n"),
        }
    }

    /// A block of its own.
    fn line(&mut self, line: &str) {
        self.text.extend(["\n", line, "\n"]);
    }

    /// A block of its own with a line for each sentence.
    fn paragraph(&mut self, prose: &str) {
        self.line(&sentences(prose).join("\n"));
    }

    /// A row of a table, which begins where the last block was none.
    fn row<const N: usize>(&mut self, cells: [String; N]) {
        if !self.text.ends_with("|\n") {
            self.text.push('\n');
        }
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        self.text.extend(["| ", &cells.join(" | "), " |\n"]);
    }
}

/// Cuts prose after each full stop that a capital letter follows.
fn sentences(prose: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut rest = prose;
    let ends = |(at, _): &(usize, &str), rest: &str| {
        rest[at + 2..].starts_with(|next: char| next.is_uppercase())
    };
    while let Some((at, _)) = rest.match_indices(". ").find(|end| ends(end, rest)) {
        sentences.push(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    sentences.push(rest);
    sentences
}

#[test]
fn prose_is_cut_into_sentences() {
    assert_eq!(
        sentences("As PyTorch. Keras has 0.5. It differs, e.g. in ε."),
        ["As PyTorch.", "Keras has 0.5.", "It differs, e.g. in ε."]
    );
}
