//! What is said about a line of known words that leaves something open: which day, which hours,
//! which month, which of two readings.

use std::ops::Range as Bytes;

use chrono::{Duration, NaiveDate, Weekday};

use super::clock::{Clock, Slot};
use super::lex::Tok;
use super::misread::{minutes_text, typed_minutes};
use super::path::{self, Phrase, Role, State, Step};
use super::read::Reader;
use super::words::{self, Word};
use super::{Misread, Mode, dates, show};
use crate::error::rule;
use crate::i18n::Lang;
use crate::model::range::Instant;
use crate::say;

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
    pub fn days_unclear(&self) -> Misread {
        self.not_understood().hint(say!(
            "Назовите дни и часы: `вт-чт 9-12`.",
            "Name days and hours: `tue-thu 9-12`."
        ))
    }

    /// «на следующей неделе»: which of its days?
    fn week_unclear(&self) -> Misread {
        let text = words::folded(&self.line.text);
        if !["след", "next", "будущ"].iter().any(|word| text.contains(word)) {
            return self.days_unclear();
        }
        let monday = dates::weekday_after(self.today, Weekday::Mon);
        let day = |days| self.typed_date(monday + Duration::days(days));
        let line = format!("{}-{} 9-12", day(1), day(3));
        self.not_understood()
            .hint(say!("Назовите дни и часы: `{line}`.", "Name days and hours: `{line}`."))
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
        let lower = words::folded(&word);
        let word = crate::words::capital(&word);
        let ends = is_end(&lower);
        let message = if ends {
            say!("«{word}» — это до скольких?", "“{word}”: until when?")
        } else {
            say!("«{word}» — это со скольких?", "“{word}”: from when to when?")
        };
        let pieces = self.likely_hours(&path::cheapest(&self.line, self.mode));
        let own: Vec<_> = pieces.iter().map(|(at, hours)| (at.clone(), hours.as_str())).collect();
        let own = self.guess(&own);
        let hours = pieces.first().map_or(hours_of(&lower), |(_, hours)| hours);
        let line = |lang| match (&own, self.own_days()) {
            (Some(line), _) => line.clone(),
            (None, Some(days)) => format!("{days} {hours}"),
            (None, None) if lower == "tonight" => format!("today {hours}"),
            (None, None) => format!("{} {hours}", self.tongue(lang).of("завтра", "tomorrow")),
        };
        let misread = Misread::unread("vague", message);
        match (&own, self.own_days()) {
            (None, None) => misread.hint(say!(
                lang;
                "Уточните и введите день и часы, например: `{}`.",
                "Ask, and type a day and hours, for example: `{}`.",
                line(lang)
            )),
            _ => misread.hint(say!(
                lang;
                "Уточните и введите часы: `{}`.",
                "Ask, and type hours: `{}`.",
                line(lang)
            )),
        }
    }

    /// The pieces of a line that are vague, each with the hours that it most often means. Hours beside
    /// a vague word are of the same piece: «с 9 до вечера», «около 11».
    fn likely_hours(&self, steps: &[Step]) -> Vec<(Bytes<usize>, String)> {
        let is_vague = |step: &Step| matches!(step.phrase, Phrase::Vague);
        let is_hour = |step: &Step| {
            matches!(step.phrase, Phrase::Slot(_) | Phrase::Moment(_) | Phrase::Number(_))
        };
        let is_parted = |step: &Step| {
            !is_vague(step) && !is_hour(step) && !matches!(step.phrase, Phrase::Parting)
        };
        let mut pieces = Vec::new();
        for part in steps.split(is_parted) {
            let Some(first) = part.iter().position(is_vague) else { continue };
            let hour = part.iter().position(is_hour);
            let vague: Vec<&[Step]> = match hour {
                Some(hour) => {
                    let last = part.iter().rposition(|step| is_vague(step) || is_hour(step));
                    vec![&part[first.min(hour)..=last.unwrap_or(first)]]
                }
                None => part.chunks(1).filter(|step| is_vague(&step[0])).collect(),
            };
            for vague in vague {
                let (start, end) = (vague[0].tokens.start, vague[vague.len() - 1].tokens.end);
                let at = self.line.bytes(start..end);
                let word = vague.iter().find(|step| is_vague(step)).unwrap_or(&vague[0]);
                let word = words::folded(&self.line.text[self.line.bytes(word.tokens.clone())]);
                let hours = self.hours_of(&word, &self.line.text[at.clone()]);
                pieces.push((self.line.with_fillers(&at), hours));
            }
        }
        pieces
    }

    /// The hours, or the time, that a vague word most often means in a piece.
    fn hours_of(&self, word: &str, piece: &str) -> String {
        let is_about = ["около", "примерно", "about", "around"].iter().any(|w| word.contains(w));
        let digits = piece.chars().skip_while(|c| !c.is_ascii_digit());
        let digits: String = digits.take_while(char::is_ascii_digit).collect();
        let hour = digits.parse().ok().filter(|hour| is_about && (7..=20).contains(hour));
        match (self.mode, hour) {
            (Mode::Appointment, Some(hour)) => format!("{hour}:00"),
            (Mode::Appointment, None) => "11:30".to_owned(),
            (_, Some(hour)) => format!("{hour}-{}", hour + 1),
            (_, None) => hours_of(word).to_owned(),
        }
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
        let misread = Misread::unread(rule::DAY_ALONE, message);
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
        let end = (at + Duration::hours(3)).to_rfc3339();
        let line = format!("{}/{end}", at.to_rfc3339());
        Misread::unread("start-alone", message)
            .hint(say!("Добавьте конец: `{line}`.", "Add an end: `{line}`."))
    }
}
