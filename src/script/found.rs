//! The patients that a search found: which of them calls, or is it somebody else?

use crate::model::kind::Kind;
use crate::render::cell::Sight;
use crate::script::call::{is_no, is_unknown, is_yes};
use crate::script::screen::{choice, choices};
use crate::script::{Caller, Next, Screen, Script, Stage, caller, wants};
use crate::tr;
use crate::words::{name, passport, phone};

/// Who was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// What was typed.
    pub query: String,
    /// The patients.
    pub ids: Vec<String>,
    /// Whether none has just these words, and these are like them.
    pub near: bool,
    /// The request whose number was typed, too, where it is one.
    pub request: Option<String>,
}

/// What may be chosen.
enum Offer<'f> {
    Patient(&'f str),
    Newcomer,
    /// The only patient, whose phone is another one now.
    OtherPhone(&'f str),
    Request(&'f str),
}

impl Found {
    /// A list of patients who have just what was typed.
    pub fn exactly(query: &str, ids: Vec<String>) -> Found {
        Found { query: query.to_owned(), ids, near: false, request: None }
    }

    fn offers(&self) -> Vec<Offer<'_>> {
        let mut offers: Vec<Offer<'_>> = self.ids.iter().map(|id| Offer::Patient(id)).collect();
        offers.push(Offer::Newcomer);
        if let [only] = self.ids.as_slice() {
            offers.push(Offer::OtherPhone(only));
        }
        offers.extend(self.request.as_deref().map(Offer::Request));
        offers
    }

    pub fn ask(&self, sight: &Sight<'_>, screen: &mut Screen) {
        let lang = sight.lang;
        let Found { query, ids, near, .. } = self;
        let count = ids.len();
        screen.say(match (count, near) {
            (0, _) => tr!(
                lang,
                "Пациенты не найдены: «{query}». Проверьте буквы или заведите нового.",
                "No patient found: “{query}”. Check the spelling, or add one."
            ),
            (_, true) => tr!(
                lang,
                "Точно «{query}» не найдено. Похожие пациенты: {count}. Спросите последние четыре цифры паспорта.",
                "Nobody is exactly “{query}”. Similar patients: {count}. Ask for the last four digits of the passport."
            ),
            (_, false) => tr!(
                lang,
                "Найдено пациентов: {count}. Спросите последние четыре цифры паспорта.",
                "Patients found: {count}. Ask for the last four digits of the passport."
            ),
        });
        let words: Vec<String> =
            self.offers().iter().map(|offer| self.word(offer, sight)).collect();
        choices(screen, &words);
    }

    fn word(&self, offer: &Offer<'_>, sight: &Sight<'_>) -> String {
        let lang = sight.lang;
        match offer {
            Offer::Patient(id) => {
                sight.book.patient(id).map(|patient| sight.line(&patient)).unwrap_or_default()
            }
            Offer::Newcomer if self.ids.is_empty() => {
                lang.of("Завести нового пациента", "Add a new patient").to_owned()
            }
            Offer::Newcomer => lang
                .of("Другой человек: завести нового пациента", "Somebody else: add a new patient")
                .to_owned(),
            Offer::OtherPhone(_) => lang
                .of("Тот же пациент, телефон другой", "The same patient, another phone")
                .to_owned(),
            Offer::Request(id) => {
                let summary = caller::summary(sight, id);
                tr!(lang, "Заявка: {summary}", "A request: {summary}")
            }
        }
    }

    pub fn take(&self, script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
        let offers = self.offers();
        match choice(typed, offers.len()).map(|at| &offers[at]) {
            Some(Offer::Patient(id)) => wants::meet(script, sight, id),
            Some(Offer::Newcomer) => self.begin_newcomer(script, sight),
            Some(Offer::OtherPhone(id)) => {
                script.draft.caller = Caller { id: Some((*id).to_owned()), ..Caller::default() };
                script.stage = Stage::Phone;
            }
            Some(Offer::Request(id)) => return caller::open(script, sight, id),
            None if wants::is_last_four(typed) => {
                self.take_last_four(script, sight, typed);
            }
            None if is_yes(typed) && self.ids.len() == 1 => {
                wants::meet(script, sight, &self.ids[0]);
            }
            None if typed.is_empty() || is_yes(typed) || is_no(typed) || is_unknown(typed) => {
                script.ask_for_number(sight.lang, offers.len());
            }
            None => return caller::look_up(script, sight, typed),
        }
        Next::Ask
    }

    /// The last four digits of a passport, by which the caller is told from the others.
    fn take_last_four(&self, script: &mut Script, sight: &Sight<'_>, digits: &str) {
        let ends = |id: &&String| {
            let patient = sight.book.patient(id);
            patient.is_some_and(|found| found.shown("passport").ends_with(digits))
        };
        let fit: Vec<&String> = self.ids.iter().filter(ends).collect();
        let [only] = fit.as_slice() else {
            script.say(tr!(
                sight.lang,
                "Паспорта, который кончается на {digits}, в списке нет.",
                "No passport of the list ends in {digits}."
            ));
            return;
        };
        let name = sight.title(Kind::Patient, only);
        script.say(tr!(sight.lang, "✓ {name}: паспорт сошёлся", "✓ {name}: the passport fits"));
        wants::meet(script, sight, only);
    }

    /// Somebody else calls. What was typed to find them need not be typed twice.
    fn begin_newcomer(&self, script: &mut Script, sight: &Sight<'_>) {
        let passport = passport::parse(&self.query, sight.settings.passport).ok();
        let phone = phone::parse(&self.query).ok().filter(|_| passport.is_none());
        script.draft.caller = Caller { passport, phone, ..Caller::default() };
        script.stage = Stage::Passport;
        if let Ok(name) = name::person(&self.query)
            && name.contains(' ')
            && script.trail.ahead(&Stage::Name).is_none()
        {
            script.trail.offer_later(&Stage::Name, name);
        }
    }
}
