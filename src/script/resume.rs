//! Taking up a call that was broken off: its answers are kept as a draft, and given again.

use crate::render::cell::Sight;
use crate::script::stage::Stage;
use crate::script::{Caller, Draft, Next, Script};
use crate::tr;

impl Script {
    /// The answers that led here, each with the question that it answered, and the question that
    /// stands now: what a draft keeps. A question is told by all that is known when it is asked.
    pub fn answers(&self) -> (Vec<(String, String)>, String) {
        let name = |stage: &Stage, draft: &Draft| format!("{stage:?} {draft:?}");
        let answers = self
            .trail
            .answers()
            .map(|(stage, draft, typed)| (name(stage, draft), typed.to_owned()));
        (answers.collect(), name(&self.stage, &self.draft))
    }

    /// The answers that were gone back behind, each with the name of its question: a draft keeps
    /// them as well.
    pub fn ahead(&self) -> &[(String, String)] {
        self.trail.all_ahead()
    }

    /// Offers those answers again where they are asked for.
    pub fn offer_again(&mut self, ahead: Vec<(String, String)>) {
        self.trail.put_ahead(ahead, &self.stage);
    }

    /// Takes the answers of a call that was broken off, as far as they mean today what they meant
    /// then: a name that fits somebody else now, or «завтра», is asked again.
    pub fn replay(&mut self, sight: &Sight<'_>, answers: &[(String, String)], last: &str) {
        let questions = answers.iter().map(|(question, _)| question.as_str()).skip(1).chain([last]);
        let mut other = None;
        for ((_, typed), then) in answers.iter().zip(questions) {
            let before = (self.stage.clone(), self.draft.clone(), self.trail.len());
            let said = self.said.len();
            let next = self.answer(sight, typed);
            if next != Next::Ask || self.answers().1 != then {
                (self.stage, self.draft) = (before.0, before.1);
                self.trail.cut(before.2);
                self.said.truncate(said);
                other = Some(typed).filter(|typed| self.stage.is_text() && !typed.is_empty());
                break;
            }
        }
        let caller = self.draft.caller.id.as_deref().and_then(|id| sight.book.patient(id));
        if let Some(patient) = caller {
            self.say(format!("✓ {}", sight.line(&patient)));
        }
        if let Some(typed) = other {
            self.say(tr!(
                sight.lang,
                "Тогда ответ был «{typed}», но сегодня это значит другое. Переспросите.",
                "The answer was “{typed}”, which means something else today. Ask again."
            ));
        }
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
        call.replay(sight, answers, last);
        match call.draft.caller {
            Caller { id: Some(id), .. } => name(&id),
            Caller { name, .. } => name,
        }
    }

    /// Whether a request went on since a call about it was broken off with these answers, so that
    /// not even the first of them has its question.
    pub fn is_overtaken_at(
        &self,
        sight: &Sight<'_>,
        id: &str,
        answers: &[(String, String)],
        last: &str,
    ) -> bool {
        let mut call = Script::new(self.canvas, &self.by);
        if let Next::Do(_) = call.open(sight, id) {
            return false;
        }
        call.replay(sight, answers, last);
        call.trail.len() == 0
    }
}
