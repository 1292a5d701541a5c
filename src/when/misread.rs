//! What is said about a line that has no meaning: its words, its phrases, what it leaves out.
//!
//! A hint quotes the person's own line with one piece put right. It becomes a `guess`, which Enter
//! may take, only if it invents nothing and is understood.

use std::ops::Range as Bytes;

use chrono::NaiveDate;

use super::clock::{Clock, Slot};
use super::lex::Tok;
use super::path::{self, Phrase, Role, State, Step};
use super::read::Reader;
use super::words::Word;
use super::{Misread, Mode, dates, show, typo};
use crate::i18n::{Lang, Text};
use crate::model::range::Instant;
use crate::say;

impl Misread {
    /// A line that can't be understood, or not in one way: exit 2.
    pub(super) fn unread(code: &'static str, message: Text) -> Misread {
        let message = Text { ru: message.ru.replace("г..", "г."), ..message };
        Misread { code, refused: false, message, hint: None, offers: false }
    }

    /// A line that is understood and refused: exit 3.
    pub(super) fn refused(code: &'static str, message: Text) -> Misread {
        Misread { refused: true, ..Misread::unread(code, message) }
    }

    pub(super) fn hint(self, hint: Text) -> Misread {
        Misread { hint: Some(hint), ..self }
    }

    /// «Возможно, `ср 9-12`.»
    pub(super) fn perhaps(self, guess: Option<String>) -> Misread {
        match guess {
            Some(guess) => Misread {
                hint: Some(say!("Возможно, `{guess}`.", "Perhaps `{guess}`.")),
                offers: true,
                ..self
            },
            None => self,
        }
    }
}

/// `14`, `14:30`: how one types minutes after midnight.
pub(super) fn typed_minutes(minutes: u16) -> String {
    match minutes % 60 {
        0 => (minutes / 60).to_string(),
        rest => format!("{}:{rest:02}", minutes / 60),
    }
}

/// `9:00`.
pub(super) fn minutes_text(minutes: u16) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn clock_text(clock: &Clock) -> String {
    let as_typed = || format!("{}:{:02}", clock.hour, clock.minute);
    clock.own_minutes(true).map_or_else(as_typed, minutes_text)
}

fn slot_text(slot: &Slot, lang: Lang) -> String {
    match slot {
        Slot::Between(a, b) => format!("{}–{}", clock_text(a), clock_text(b)),
        Slot::After(a) => format!("{} {}", lang.of("после", "after"), clock_text(a)),
        Slot::Before(b) => format!("{} {}", lang.of("до", "before"), clock_text(b)),
        Slot::AllDay => lang.of("весь день", "all day").to_owned(),
    }
}

/// Whether a vague word says where a time ends: «до вечера».
fn is_end(folded: &str) -> bool {
    ["до ", "till ", "until ", "before "].iter().any(|to| folded.starts_with(to))
}

/// The hours that a vague word most often means.
fn hours_of(folded: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| folded.contains(part));
    match is_end(folded) {
        true if has(&["веч", "even"]) => "9-18",
        true => "9-12",
        false if has(&["утр", "morn"]) => "9-12",
        false if has(&["веч", "even"]) => "17-20",
        false if has(&["ноч", "night"]) => "20-24",
        false if has(&["после", "after"]) => "14-18",
        false if has(&["обед", "lunch"]) => "12-14",
        false => "12-16",
    }
}

impl Reader<'_> {
    /// The line with some pieces replaced, if that is understood.
    pub fn guess(&self, pieces: &[(Bytes<usize>, &str)]) -> Option<String> {
        Some(self.line.with(pieces)).filter(|guess| self.would_read(guess))
    }

    /// The language of the line's own words, for words put into it; else that of the screen.
    pub fn tongue(&self, screen: Lang) -> Lang {
        let letters = || self.line.text.chars().filter(|c| c.is_alphabetic());
        match (letters().next(), letters().any(|c| c.is_ascii_alphabetic())) {
            (None, _) => screen,
            (Some(_), true) => Lang::En,
            (Some(_), false) => Lang::Ru,
        }
    }

    fn quoted(&self) -> String {
        let mut text: String = self.typed.chars().take(80).collect();
        if text.len() < self.typed.len() {
            text.push('…');
        }
        text
    }

    fn examples(&self) -> Text {
        match self.mode {
            Mode::Ranges => {
                say!(
                    "Примеры: `ср 9-12`, `завтра после 15`.",
                    "Examples: `wed 9-12`, `tomorrow after 15`."
                )
            }
            Mode::Appointment => {
                say!("Примеры: `ср 11:30`, `25.11 9:00`.", "Examples: `wed 11:30`, `25.11 9:00`.")
            }
            Mode::Day => {
                say!(
                    "Примеры: `сегодня`, `25.11`, `2026-11-25`.",
                    "Examples: `today`, `25.11`, `2026-11-25`."
                )
            }
        }
    }

    pub fn not_understood(&self) -> Misread {
        let text = self.quoted();
        Misread::unread(
            "not-understood",
            say!("Не удалось понять «{text}».", "Can't read “{text}”."),
        )
        .hint(self.examples())
    }

    pub fn nothing(&self) -> Misread {
        Misread::unread("not-understood", say!("Ничего не введено.", "Nothing was typed."))
            .hint(self.examples())
    }

    pub fn too_long(&self, most: usize) -> Misread {
        let message = say!(
            "Слишком длинная строка: больше {most} знаков.",
            "The line is too long: over {most} characters."
        );
        Misread::unread("not-understood", message).hint(self.examples())
    }

    pub fn too_many(&self) -> Misread {
        let message =
            say!("Слишком много диапазонов: больше 60.", "Too many time ranges: over 60.");
        Misread::refused("too-many", message)
            .hint(say!("Введите ближайшие.", "Give the nearest ones."))
    }

    /// The first days of the line, in its own words, where it names any.
    fn own_days(&self) -> Option<&str> {
        let steps = path::cheapest(&self.line, self.mode);
        let days = steps.iter().find(|step| matches!(step.phrase, Phrase::Days(_)))?;
        Some(&self.line.text[self.line.bytes(days.tokens.clone())])
    }

    pub fn anytime(&self) -> Misread {
        let misread = self.not_understood();
        match self.own_days() {
            Some(days) => misread
                .hint(say!("Может быть: `{days} весь день`?", "Did you mean: `{days} all day`?")),
            None => misread.hint(say!(
                "Назовите дни: `вт-пт весь день`.",
                "Name the days: `tue-fri all day`."
            )),
        }
    }

    pub fn spelled(&self) -> Misread {
        let (ru, en) = match self.own_days() {
            Some(days) => (days, days),
            None => ("ср", "wed"),
        };
        let hours = if self.mode == Mode::Appointment { "11:30" } else { "9-12" };
        self.not_understood().hint(say!(
            "Введите часы цифрами: `{ru} {hours}`.",
            "Type the hours in digits: `{en} {hours}`."
        ))
    }

    pub fn days_unclear(&self) -> Misread {
        self.not_understood().hint(say!(
            "Назовите дни и часы: `вт-чт 9-12`.",
            "Name days and hours: `tue-thu 9-12`."
        ))
    }

    /// «на следующей неделе»: which of its days?
    fn week_unclear(&self) -> Misread {
        let text = super::words::folded(&self.line.text);
        if !["след", "next", "будущ"].iter().any(|word| text.contains(word)) {
            return self.days_unclear();
        }
        let monday = super::dates::weekday_after(self.today, chrono::Weekday::Mon);
        let day = |days| self.typed_date(monday + chrono::Duration::days(days));
        let line = format!("{}-{} 9-12", day(1), day(3));
        self.not_understood()
            .hint(say!("Назовите дни и часы: `{line}`.", "Name days and hours: `{line}`."))
    }

    pub fn no_day(&self) -> Misread {
        let text = self.quoted();
        let message =
            say!("Нужен один день, введено: «{text}».", "One day is needed, not “{text}”.");
        Misread::unread("not-understood", message).hint(self.examples())
    }

    /// A word that isn't known: every nearest one, if the line then makes sense.
    pub fn unknown_word(&self) -> Misread {
        if self.trial {
            return self.not_understood(); // spares the search, not just its result
        }
        let unknown = self.line.tokens.iter().filter(|token| token.tok == Tok::Unknown);
        let near: Vec<_> = unknown
            .map(|token| (token.at.clone(), typo::nearest(&self.line.text[token.at.clone()])))
            .collect();
        let first = near.first().map_or(&[][..], |(_, forms)| forms.as_slice());
        let mut guesses: Vec<String> = Vec::new();
        for form in first {
            let pieces: Vec<_> = near
                .iter()
                .enumerate()
                .filter_map(|(i, (at, forms))| {
                    Some((at.clone(), if i == 0 { *form } else { *forms.first()? }))
                })
                .collect();
            guesses.extend(self.guess(&pieces));
        }
        match guesses.as_slice() {
            [] => self.not_understood(),
            [guess] => self.not_understood().perhaps(Some(guess.clone())),
            [a, b, ..] => self
                .not_understood()
                .hint(say!("Возможно, `{a}` или `{b}`.", "Perhaps `{a}` or `{b}`.")),
        }
    }

    /// `11.12` alone: a date, hours, or a time.
    pub fn lone_number(&self) -> Option<Misread> {
        let month = self.line.close_number(2, 2..=2)?;
        let (clock, next) = self.line.clock(0, false)?;
        if next != 3 || self.line.tokens.len() != 3 || !clock.is_real() {
            return None;
        }
        if !self.line.close(1, Tok::Dot) {
            return None;
        }
        let date = dates::next_date(self.today, month, clock.hour)?;
        let day = |lang| show::date_text(date, self.today, lang);
        let text = &self.line.text;
        let time = clock_text(&clock);
        if self.mode == Mode::Appointment {
            let message = say!(lang; "Можно понять двояко: {} или {}.", "This can mean {} or {}.", day(lang), time);
            return Some(Misread::unread("two-meanings", message).hint(say!(
                "Введите `{time}` или `{text} 11:30`.",
                "Type `{time}` or `{text} 11:30`."
            )));
        }
        let hours = (clock.hour < month).then(|| format!("{}:00–{month}:00", clock.hour));
        let hours = hours.unwrap_or(time);
        let message = say!(lang; "Можно понять двояко: {} или {}.", "This can mean {} or {}.", day(lang), hours);
        Some(Misread::unread("two-meanings", message).hint(say!(
            "Введите день и часы: `{text} 9-12` или `завтра 9-12`.",
            "Type a day and hours: `{text} 9-12` or `tomorrow 9-12`."
        )))
    }

    /// The first thing that keeps the phrases from being read.
    pub fn check_steps(&self, steps: &[Step]) -> Result<(), Misread> {
        let find = |wanted: &dyn Fn(&Phrase) -> bool| steps.iter().find(|s| wanted(&s.phrase));
        if let Some(step) = find(&|phrase| *phrase == Phrase::Vague) {
            return Err(self.vague(step));
        }
        if find(&|phrase| *phrase == Phrase::Unknown).is_some() {
            let weeks = (0..self.line.tokens.len()).any(|i| self.line.is(i, Word::Week));
            let unread = || if weeks { self.week_unclear() } else { self.not_understood() };
            return Err(self.after_comma().unwrap_or_else(unread));
        }
        if find(&|phrase| *phrase == Phrase::Bound).is_some() {
            return Err(self.days_unclear());
        }
        for step in steps {
            match &step.phrase {
                Phrase::Number(number) => return Err(self.which_month(step, *number)),
                Phrase::Pair(a, b) => return Err(self.pair(step, a, b)),
                Phrase::Soon(_) if self.mode == Mode::Ranges => return Err(self.not_understood()),
                Phrase::Moment(clock) if !clock.is_real() => return Err(self.no_such_time(clock)),
                Phrase::Zone(name) if *name != self.frame.zone.name() => {
                    return Err(self.other_zone(name));
                }
                _ => {}
            }
        }
        self.check_closed(steps)
    }

    /// `ср; чт 9-12`: what `;` closes must be whole.
    fn check_closed(&self, steps: &[Step]) -> Result<(), Misread> {
        let mut open: Option<&Step> = None;
        for step in steps {
            match (step.phrase.role(), open) {
                (Role::Neutral, _) => {}
                (Role::Close | Role::Whole, Some(before)) if before.into == State::Days => {
                    let Phrase::Days(days) = &before.phrase else { return Ok(()) };
                    let end = self.line.bytes(before.tokens.clone()).end;
                    return Err(self.day_alone(&self.dates(days)?, end));
                }
                (Role::Close | Role::Whole, Some(before)) if before.into == State::Hours => {
                    return Err(self.hours_alone(std::slice::from_ref(before)));
                }
                _ => open = Some(step),
            }
        }
        Ok(())
    }

    /// `9-12,14-16`: a comma that was taken for the keypad's dot.
    fn after_comma(&self) -> Option<Misread> {
        let spaced = self.line.text.replace(',', ", ");
        let guess = Some(spaced).filter(|text| *text != self.line.text);
        let guess =
            guess.map(|text| super::lex::cleaned(&text)).filter(|text| self.would_read(text))?;
        Some(self.not_understood().perhaps(Some(guess)))
    }

    fn which_month(&self, step: &Step, number: u32) -> Misread {
        let at = self.line.bytes(step.tokens.clone());
        let date = (1..=31).contains(&number).then(|| self.today.iter_days().take(70));
        let date = date.and_then(|mut days| days.find(|day| chrono::Datelike::day(day) == number));
        let guess = date.and_then(|date| self.guess(&[(at, &self.typed_date(date))]));
        self.not_understood().perhaps(guess)
    }

    fn pair(&self, step: &Step, a: &Clock, b: &Clock) -> Misread {
        let at = self.line.bytes(step.tokens.clone());
        let (start, end) = (clock_text(a), clock_text(b));
        let one = (a.minute == 0 && b.minute == 0 && b.hour >= 10)
            .then(|| format!("{}:{:02}", a.hour, b.hour));
        let one = one.unwrap_or_else(|| start.clone());
        let message = say!(
            "Можно понять двояко: {start}–{end} или {one}.",
            "This can mean {start}–{end} or {one}."
        );
        let misread = Misread::unread("two-meanings", message);
        let minutes = |clock: &Clock, end| clock.own_minutes(end).map(typed_minutes);
        let wanted = match self.mode {
            Mode::Appointment => Some(one),
            _ => minutes(a, false).zip(minutes(b, true)).map(|(a, b)| format!("{a}-{b}")),
        };
        match wanted.and_then(|wanted| self.guess(&[(at, &wanted)])) {
            Some(line) => misread.hint(say!("Если так: `{line}`.", "If so: `{line}`.")),
            None => misread.hint(self.examples()),
        }
    }

    fn vague(&self, step: &Step) -> Misread {
        let at = self.line.bytes(step.tokens.clone());
        let word = self.line.text[at.clone()].to_owned();
        let lower = super::words::folded(&word);
        let word = crate::words::capital(&word);
        let ends = is_end(&lower);
        let message = if ends {
            say!("«{word}» — это до скольких?", "“{word}”: until when?")
        } else {
            say!("«{word}» — это со скольких?", "“{word}”: from when to when?")
        };
        let steps = path::cheapest(&self.line, self.mode);
        let hours = |at: &Bytes<usize>| match self.mode {
            Mode::Appointment => "11:30",
            _ => hours_of(&super::words::folded(&self.line.text[at.clone()])),
        };
        // Each vague word gives way to hours; where others stand beside them, the days alone stay.
        let vague = steps.iter().filter(|step| matches!(step.phrase, Phrase::Vague));
        let vague: Vec<_> = vague.map(|step| self.line.bytes(step.tokens.clone())).collect();
        let pieces: Vec<_> =
            vague.iter().map(|at| (self.line.with_fillers(at), hours(at))).collect();
        let is_clear = |step: &&Step| {
            matches!(step.phrase, Phrase::Slot(_) | Phrase::Moment(_) | Phrase::Number(_))
        };
        let own = if steps.iter().any(|step| is_clear(&step)) { None } else { self.guess(&pieces) };
        // «около 11»
        let about = self.line.number(step.tokens.end, 1..=2).filter(|hour| (7..=20).contains(hour));
        let about = about.filter(|_| self.line.tok(step.tokens.end + 1).is_none());
        let line = |lang| match (&own, self.own_days()) {
            (Some(line), _) => line.clone(),
            (None, Some(days)) => match about {
                Some(hour) if self.mode == Mode::Appointment => format!("{days} {hour}:00"),
                Some(hour) => format!("{days} {hour}-{}", hour + 1),
                None => format!("{days} {}", hours(&at)),
            },
            (None, None) => {
                format!("{} {}", self.tongue(lang).of("завтра", "tomorrow"), hours(&at))
            }
        };
        Misread::unread("vague", message).hint(say!(
            lang;
            "Уточните и введите часы: `{}`.",
            "Ask, and type hours: `{}`.",
            line(lang)
        ))
    }

    fn other_zone(&self, name: &str) -> Misread {
        let zone = self.frame.zone.name();
        let message = say!(
            "Можно понять двояко: время {name} или время клиники ({zone}).",
            "This can mean {name} or the clinic's zone ({zone})."
        );
        Misread::unread("two-meanings", message).hint(say!(
            "Введите время клиники, без пояса.",
            "Type the clinic's time, without a zone."
        ))
    }

    pub fn hours_alone(&self, hours: &[Step]) -> Misread {
        let clocks = hours.iter().flat_map(|step| match &step.phrase {
            Phrase::Slot(slot) => slot.clocks().into_iter().cloned().collect(),
            Phrase::Moment(clock) => vec![clock.clone()],
            _ => vec![],
        });
        if let Some(wrong) = clocks.into_iter().find(|clock| !clock.is_real()) {
            return self.no_such_time(&wrong);
        }
        let said = |lang| {
            let texts = hours.iter().map(|step| match &step.phrase {
                Phrase::Slot(slot) => slot_text(slot, lang),
                Phrase::Moment(clock) => clock_text(clock),
                _ => String::new(),
            });
            texts.collect::<Vec<_>>().join("; ")
        };
        let message = say!(lang; "Указаны только часы: {}.", "Only hours: {}.", said(lang));
        let line = |lang| {
            let day = self.tongue(lang).of("завтра", "tomorrow");
            let line = format!("{day} {}", self.line.text);
            if self.would_read(&line) { line } else { format!("{day} 9-12") }
        };
        Misread::unread("hours-alone", message)
            .hint(say!(lang; "Добавьте день: `{}`.", "Add a day: `{}`.", line(lang)))
    }

    pub fn which_day(&self, minutes: u16) -> Misread {
        let time = minutes_text(minutes);
        let message =
            say!("Указано только время: {time}. Какого числа?", "Only a time: {time}. Which day?");
        Misread::unread("hours-alone", message).hint(say!(
            lang;
            "Добавьте день: `{} {}`.",
            "Add a day: `{} {}`.",
            self.tongue(lang).of("завтра", "tomorrow"),
            time
        ))
    }

    /// `end` is where the days end in the line.
    pub fn day_alone(&self, dates: &[NaiveDate], end: usize) -> Misread {
        let days = |lang| {
            let texts = dates.iter().map(|day| show::day_text(*day, self.today, lang));
            texts.collect::<Vec<_>>().join("; ")
        };
        let message = match dates.len() {
            1 => say!(lang; "Указан только день: {}.", "Only a day: {}.", days(lang)),
            _ => say!(lang; "Указаны только дни: {}.", "Only days: {}.", days(lang)),
        };
        let misread = Misread::unread("day-alone", message);
        let line = |hours: &str| {
            let whole = self.line.with(&[(end..end, &format!(" {hours}"))]);
            let is_read = self.would_read(&whole);
            if is_read { whole } else { format!("{} {hours}", &self.line.text[..end]) }
        };
        if self.mode == Mode::Appointment {
            let line = line("11:30");
            return misread.hint(say!("Добавьте время: `{line}`.", "Add a time: `{line}`."));
        }
        misread.hint(say!(
            lang;
            "Добавьте часы: `{}` или `{}`.",
            "Add hours: `{}`, or `{}`.",
            line("9-12"),
            line(self.tongue(lang).of("весь день", "all day"))
        ))
    }

    pub fn instant_alone(&self, at: Instant) -> Misread {
        let message = say!(
            lang; "Указано только начало: {}.", "Only a start: {}.", show::instant_text(at, self.today, lang)
        );
        let end = (at + chrono::Duration::hours(3)).to_rfc3339();
        let line = format!("{}/{end}", at.to_rfc3339());
        Misread::unread("start-alone", message)
            .hint(say!("Добавьте конец: `{line}`.", "Add an end: `{line}`."))
    }
}
