//! The way back: what was answered, and what is offered again to somebody who went back.

use crate::script::Draft;
use crate::script::stage::Stage;

/// The answers of a call since something was last saved.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// Each question with what was known when it was asked, and its answer.
    behind: Vec<(Stage, Draft, String)>,
    /// The earlier answer of the question that stands.
    earlier: Option<String>,
    /// The answers that were gone back behind, each with the name of its question: they are offered
    /// again where they are asked for.
    ahead: Vec<(String, String)>,
}

/// A question, as a draft names it.
fn name(stage: &Stage) -> String {
    format!("{stage:?}")
}

impl Trail {
    /// The answers that led here, oldest first.
    pub fn answers(&self) -> impl Iterator<Item = (&Stage, &Draft, &str)> {
        self.behind.iter().map(|(stage, draft, typed)| (stage, draft, typed.as_str()))
    }

    /// How many answers led here.
    pub fn len(&self) -> usize {
        self.behind.len()
    }

    /// Forgets all answers but the first ones.
    pub fn cut(&mut self, length: usize) {
        self.behind.truncate(length);
    }

    /// What Enter takes at the question that stands, where it was answered before.
    pub fn earlier(&self) -> Option<&str> {
        self.earlier.as_deref()
    }

    /// An answer led from a question to the next one.
    pub fn step(&mut self, (stage, draft): (Stage, Draft), typed: String, next: &Stage) {
        if stage == Stage::Box && self.earlier.as_deref() != Some(typed.as_str()) {
            // Somebody else has another passport, name and phone.
            let stay = [name(&Stage::Doctor), name(&Stage::When)];
            self.ahead.retain(|(question, _)| stay.contains(question));
        }
        // What takes the place of an answer that was gone back behind is offered instead of it.
        if stage.is_text() && !typed.is_empty() && self.ahead(&stage).is_some() {
            self.offer_later(&stage, typed.clone());
        }
        self.earlier = self.ahead(next).map(str::to_owned);
        self.behind.push((stage, draft, typed));
    }

    /// One question back, with its answer as what Enter takes; none where there is no earlier one.
    pub fn back(&mut self) -> Option<(Stage, Draft)> {
        let (stage, draft, typed) = self.behind.pop()?;
        self.earlier = Some(typed).filter(|typed| !typed.is_empty() && stage.is_text());
        if let Some(typed) = self.earlier.clone() {
            self.offer_later(&stage, typed);
        }
        Some((stage, draft))
    }

    /// The answer that a question had before it was gone back behind.
    pub fn ahead(&self, stage: &Stage) -> Option<&str> {
        let stage = name(stage);
        self.ahead.iter().rev().find(|(at, _)| *at == stage).map(|(_, typed)| typed.as_str())
    }

    /// The last answer to a question, as it was typed.
    pub fn answer_to(&self, stage: &Stage) -> Option<&str> {
        let answer = self.behind.iter().rev().find(|(at, ..)| at == stage);
        answer.map(|(.., typed)| typed.as_str())
    }

    /// Offers an answer where its question will be asked.
    pub fn offer_later(&mut self, stage: &Stage, typed: String) {
        let stage = name(stage);
        self.ahead.retain(|(at, _)| *at != stage);
        self.ahead.push((stage, typed));
    }

    /// What was gone back behind, for keeping.
    pub fn all_ahead(&self) -> &[(String, String)] {
        &self.ahead
    }

    /// Offers again what was kept; `stage` is the question that stands.
    pub fn put_ahead(&mut self, ahead: Vec<(String, String)>, stage: &Stage) {
        self.ahead = ahead;
        self.earlier = self.ahead(stage).map(str::to_owned);
    }
}
