//! Findings as text, for people and for machines. A new format is a new file here, its `mod` line
//! and its row in [`ALL`].

mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod sarif;

pub use json::list;

use crate::check::Severity;
use crate::check::survey::Finding;
use crate::i18n::{Lang, Text};

/// A format.
pub struct Format {
    /// Its name, as `--format` takes it.
    pub name: &'static str,
    /// Writes a report.
    pub write: fn(&Report<'_>) -> String,
}

/// All formats; the first is the one that people read.
pub const ALL: &[Format] = &[
    Format { name: "human", write: human::write },
    Format { name: "json", write: json::write },
    Format { name: "github", write: github::write },
    Format { name: "gitlab", write: gitlab::write },
    Format { name: "sarif", write: sarif::write },
    Format { name: "junit", write: junit::write },
];

/// The format of this name.
pub fn named(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}

/// What a format is made from.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The findings, worst first.
    pub findings: &'a [Finding],
    /// The language of the sentences.
    pub lang: Lang,
    /// Whether warnings count as errors.
    pub strict: bool,
    /// What was judged, below the store; empty where all of it was.
    pub only: &'a [String],
    /// How to reach the store from where a person stands: empty, or a path that ends in `/`.
    pub from_here: &'a str,
    /// How to reach it from the root of what a forge shows.
    pub from_root: &'a str,
    /// What a terminal can show.
    pub look: Look,
    /// What was mended before; none where nobody asked for it.
    pub mended: Option<&'a [Mended]>,
}

/// A file that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Its path, relative to the store.
    pub file: String,
    /// Its new path, where it was moved.
    pub to: Option<String>,
    /// What was done, for a person: with the path.
    pub what: Text,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether it gets colours.
    pub color: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Its width, where there is one.
    pub width: Option<usize>,
}

impl Report<'_> {
    /// How many findings have this severity.
    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// A file's path from the root of what a forge shows.
    fn path(&self, finding: &Finding) -> String {
        path_from(self.from_root, &finding.file)
    }

    /// What is wrong and how to mend it, in one paragraph.
    fn sentences(&self, finding: &Finding) -> String {
        let message = finding.message.get(self.lang);
        match &finding.hint {
            Some(hint) => format!("{message} {}", hint.get(self.lang)),
            None => message.to_owned(),
        }
    }
}

fn path_from(base: &str, file: &str) -> String {
    match (base.strip_suffix('/'), file) {
        (Some(store), ".") => store.to_owned(),
        _ => format!("{base}{file}"),
    }
}
