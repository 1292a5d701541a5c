//! Taking up a call that was broken off: its answers are kept as a draft, and given again.

use crate::render::cell::Sight;
use crate::script::stage::Stage;
use crate::script::{Caller, Draft, MOST_CHOICES, Next, Script, screen};
use crate::tr;

/// What stands between a question and all that was known when it was asked.
const OF: &str = " of ";

impl Script {
    /// The answers that led here, each with the question that it answered, and the question that
    /// stands now: what a draft keeps. A question is told by all that is known when it is asked.
    ///
    /// That a request was opened is no answer: `script ID` opens it again.
    pub fn answers(&self) -> (Vec<(String, String)>, String) {
        let name = |stage: &Stage, draft: &Draft| format!("{stage:?}{OF}{draft:?}");
        let is_opened = self.subject().is_some()
            && self.trail.answers().all(|(stage, ..)| *stage == Stage::Box);
        let answers = self
            .trail
            .answers()
            .filter(|_| !is_opened)
            .map(|(stage, draft, typed)| (name(stage, draft), typed.to_owned()));
        (answers.collect(), name(&self.stage, &self.draft))
    }

    /// The answers that were gone back behind, each with the name of its question: a draft keeps
    /// them as well.
    pub fn ahead(&self) -> &[(String, String)] {
        self.trail.all_ahead()
    }

    /// Whether something was answered that a draft should keep: more than who was looked for.
    pub fn has_answers(&self) -> bool {
        let whom = format!("{:?}", Stage::Box);
        !self.answers().0.is_empty() || self.ahead().iter().any(|(question, _)| *question != whom)
    }

    /// Whether it is still asked who calls.
    pub fn is_at_start(&self) -> bool {
        self.stage == Stage::Box
    }

    /// Takes the answers of a call that was broken off, as far as they mean now what they meant then:
    /// a name that fits somebody else by now, or «завтра», is asked again, and it and what came after
    /// it are offered again where they are asked for, as are those that were gone back behind; but for
    /// times. How many answers were taken.
    pub fn replay(
        &mut self,
        sight: &Sight<'_>,
        answers: &[(String, String)],
        last: &str,
        mut ahead: Vec<(String, String)>,
    ) -> usize {
        // Whatever was shown before this, its answers were given to other questions.
        self.question = None;
        let taken = self.take_again(sight, answers, last);
        let left = &answers[taken..];
        let is_number = |typed: &str| screen::choice(typed, MOST_CHOICES).is_some();
        let other = left.first().map(|(_, typed)| typed).filter(|typed| !typed.is_empty());
        if other.is_none_or(|typed| !is_number(typed)) {
            // A time that was named another day may be another time: Enter must not take it.
            let stay = [Stage::Box, Stage::Passport, Stage::Name, Stage::Phone, Stage::Doctor];
            let stay = stay.map(|stage| format!("{stage:?}"));
            ahead.extend(left.iter().filter(|(_, typed)| !typed.is_empty()).filter_map(
                |(question, typed)| {
                    let (stage, _) = question.split_once(OF)?;
                    stay.iter().any(|s| s == stage).then(|| (stage.to_owned(), typed.clone()))
                },
            ));
        }
        self.trail.put_ahead(ahead, &self.stage);
        // Whatever was shown before this was no question.
        self.shown = None;
        let caller = self.draft.caller.id.as_deref().and_then(|id| sight.book.patient(id));
        if let Some(patient) = caller {
            self.say(format!("✓ {}", sight.line(&patient)));
        }
        if let Some(typed) = other.filter(|typed| !is_number(typed)) {
            self.say(tr!(
                sight.lang,
                "Тогда ответ был «{typed}», а теперь он значит другое: день или данные сменились. Переспросите.",
                "The answer was “{typed}”, which means something else by now: the day or the data have changed. Ask again."
            ));
        }
        taken
    }

    /// Takes the answers one by one, up to the first that leads elsewhere; how many were taken.
    fn take_again(&mut self, sight: &Sight<'_>, answers: &[(String, String)], last: &str) -> usize {
        let questions = answers.iter().map(|(question, _)| question.as_str()).skip(1).chain([last]);
        for (at, ((_, typed), then)) in answers.iter().zip(questions).enumerate() {
            let before = (self.stage.clone(), self.draft.clone(), self.trail.len());
            let said = self.said.len();
            let next = self.answer(sight, typed);
            if next != Next::Ask || self.answers().1 != then {
                (self.stage, self.draft) = (before.0, before.1);
                self.trail.cut(before.2);
                self.said.truncate(said);
                return at;
            }
        }
        answers.len()
    }

    /// Whose call it was that was broken off with these answers, where they tell.
    pub fn whose(
        &self,
        sight: &Sight<'_>,
        about: Option<&str>,
        answers: &[(String, String)],
        last: &str,
    ) -> Option<String> {
        let name = |patient: &str| Some(sight.cell(&*sight.book.patient(patient)?, "name"));
        if let Some(id) = about {
            return name(sight.request(id)?.text("patient")?);
        }
        let mut call = Script::new(self.canvas, &self.by);
        let taken = call.take_again(sight, answers, last);
        if let (0, Some((_, typed))) = (taken, answers.first())
            && screen::choice(typed, MOST_CHOICES).is_none()
        {
            // What else there is of a patient has changed; their name finds them all the same.
            call.answer(sight, typed);
        }
        if let Some(id) = call.subject() {
            return name(sight.request(id)?.text("patient")?);
        }
        match call.draft.caller {
            Caller { id: Some(id), .. } => name(&id),
            Caller { name, .. } => name,
        }
    }

    /// Whether a request went on since a call about it was broken off with these answers, so that the
    /// first of them has its question no more.
    pub fn is_overtaken_at(
        &self,
        sight: &Sight<'_>,
        id: &str,
        answers: &[(String, String)],
    ) -> bool {
        let Some((question, _)) = answers.first() else { return false };
        let mut call = Script::new(self.canvas, &self.by);
        match call.open(sight, id) {
            Next::Do(_) => false,
            Next::Ask | Next::End => call.answers().1 != *question,
        }
    }
}
