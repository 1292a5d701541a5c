//! What an operator sees: words and drawings above the answer, and numbered choices.

/// What a stage shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen {
    /// What stands above the answer.
    pub lines: Vec<Line>,
    /// What Enter takes.
    pub default: Option<String>,
    /// Whether the answer asserts a fact: what was typed ahead must not answer it.
    pub fact: bool,
}

/// A part of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Words; they may hold what records hold.
    Text(String),
    /// A drawing, with its own colours; it holds nothing from a record.
    Drawing(String),
}

impl Screen {
    /// Adds words.
    pub fn say(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Text(text.into()));
    }

    /// Adds a drawing, where there is one.
    pub fn draw(&mut self, drawing: String) {
        if !drawing.is_empty() {
            self.lines.push(Line::Drawing(drawing));
        }
    }
}

/// Numbered choices, one a line.
pub fn choices(screen: &mut Screen, words: &[String]) {
    for (at, word) in words.iter().enumerate() {
        screen.say(format!("  {}  {word}", at + 1));
    }
}

/// The choice that a digit names.
pub fn choice(typed: &str, count: usize) -> Option<usize> {
    let number: usize = typed.parse().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}
