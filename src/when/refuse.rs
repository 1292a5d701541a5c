//! What is said about days and hours that were understood, and are refused or mean two things.
//!
//! Every message shows the date in full, with its weekday where that helps to see the mistake.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};

use super::clock::{Clock, Fault, Slot};
use super::days::{Day, Named};
use super::misread::{minutes_text, typed_minutes};
use super::path::{Phrase, Step};
use super::read::Reader;
use super::{Misread, dates, show};
use crate::i18n::Lang;
use crate::model::range::{Instant, Range};
use crate::say;

impl Reader<'_> {
    fn said_day(&self, day: NaiveDate, lang: Lang) -> String {
        show::day_text(day, self.today, lang)
    }

    /// `25.11`, with the year where the next such day is another.
    pub fn typed_date(&self, date: NaiveDate) -> String {
        let plain = dates::next_date(self.today, date.month(), date.day()) == Some(date)
            && (date - self.today).num_days() < 300;
        date.format(if plain { "%-d.%m" } else { "%-d.%m.%Y" }).to_string()
    }

    /// «Конец раньше начала» and the rest: what is wrong with hours of a known day.
    pub fn bad_hours(&self, date: NaiveDate, slot: &Slot, fault: Fault) -> Misread {
        match (fault, slot) {
            (Fault::NoSuchTime(clock), _) => self.no_such_time(&clock),
            (Fault::Reversed(start, end), Slot::Between(a, b)) => {
                self.hours_reversed(date, (start, a), (end, b))
            }
            (Fault::Empty(at), Slot::Between(_, b)) => {
                let time = minutes_text(at);
                let message = say!(
                    lang;
                    "Начало и конец совпадают: {}, {}.",
                    "Starts and ends at the same time: {}, {}.",
                    self.said_day(date, lang),
                    time
                );
                let end = typed_minutes((at + 180).min(1440));
                let misread = Misread::refused("range-empty", message);
                match self.guess(&[(b.at.clone(), &end)]) {
                    Some(line) => {
                        misread.hint(say!("Укажите конец: `{line}`.", "Give an end: `{line}`."))
                    }
                    None => misread,
                }
            }
            (Fault::Night, slot) => self.night(slot.clocks()),
            (Fault::Midnight, _) => {
                let message = say!(
                    "Можно понять двояко: полночь в начале дня или в конце.",
                    "This can mean midnight at the start of the day or at its end."
                );
                Misread::unread("two-meanings", message)
                    .hint(say!("Введите `00:00` или `24:00`.", "Type `00:00` or `24:00`."))
            }
            _ => self.outside_hours(date),
        }
    }

    fn outside_hours(&self, date: NaiveDate) -> Misread {
        let (open, close) =
            (minutes_text(self.frame.hours.open), minutes_text(self.frame.hours.close));
        let message = say!(
            lang;
            "Конец раньше начала: {}, день клиники — {}–{}.",
            "Ends before it starts: {}, and the clinic's day is {}–{}.",
            self.said_day(date, lang), open, close
        );
        Misread::refused("range-order", message).hint(say!(
            "Укажите начало и конец: `ср 9-12`.",
            "Give a start and an end: `wed 9-12`."
        ))
    }

    /// «9-5» is probably 9–17, «22-2» goes over midnight, «12-9» was said backwards.
    fn hours_reversed(&self, date: NaiveDate, a: (u16, &Clock), b: (u16, &Clock)) -> Misread {
        let ((start, from), (end, to)) = (a, b);
        let (s, e) = (minutes_text(start), minutes_text(end));
        let message = say!(
            lang; "Конец раньше начала: {}, {}–{}.", "Ends before it starts: {}, {}–{}.",
            self.said_day(date, lang), s, e
        );
        let whole = from.at.start..to.at.end;
        let afternoon = end + 720;
        let guess = if end < 8 * 60 && afternoon > start {
            self.guess(&[(to.at.clone(), &typed_minutes(afternoon))])
        } else if start >= 18 * 60 && end <= 6 * 60 {
            let next = date + Duration::days(1);
            let day = show::typed_weekday(next.weekday(), self.tongue(Lang::Ru));
            let over = format!("{} - {day} {}", typed_minutes(start), typed_minutes(end));
            self.guess(&[(whole, &over)])
        } else {
            let (first, last) = (typed_minutes(end), typed_minutes(start));
            self.guess(&[(from.at.clone(), &first), (to.at.clone(), &last)])
        };
        Misread::refused("range-order", message).perhaps(guess)
    }

    fn night(&self, clocks: Vec<&Clock>) -> Misread {
        let plain = |clock: &Clock| clock.own_minutes(true).unwrap_or_default();
        let bare = clocks.iter().filter(|clock| clock.is_bare());
        let said: Vec<String> = bare.map(|clock| minutes_text(plain(clock))).collect();
        let said = said.join("–");
        let message = say!("{said} — это ночь.", "{said} is at night.");
        let later = |clock: &&Clock| {
            let clock_minutes = plain(clock);
            if clock.hour < 12 && clock.part.is_none() {
                clock_minutes + 720
            } else {
                clock_minutes
            }
        };
        let day: Vec<String> = clocks.iter().map(|clock| typed_minutes(later(clock))).collect();
        let dark: Vec<String> = clocks
            .iter()
            .map(|clock| format!("{:02}:{:02}", plain(clock) / 60, plain(clock) % 60))
            .collect();
        let with = |new: &[String]| {
            let pieces =
                clocks.iter().zip(new).map(|(clock, new)| (clock.at.clone(), new.as_str()));
            self.guess(&pieces.collect::<Vec<_>>())
        };
        let day = with(&day).filter(|_| clocks.iter().all(|clock| later(clock) <= 22 * 60));
        let misread = Misread::unread("night", message);
        let hint = match (&day, with(&dark)) {
            (Some(day), Some(dark)) => say!(
                "Если днём: `{day}`. Если ночью: `{dark}`.",
                "If you mean the afternoon: `{day}`. If the night: `{dark}`."
            ),
            (Some(day), None) => say!("Если днём: `{day}`.", "If you mean the afternoon: `{day}`."),
            (None, Some(dark)) => {
                say!("Если так и есть: `{dark}`.", "If you mean it: `{dark}`.")
            }
            (None, None) => return misread,
        };
        Misread { offers: day.is_some(), ..misread.hint(hint) }
    }

    pub fn night_time(&self, clock: &Clock) -> Misread {
        self.night(vec![clock])
    }

    pub fn no_such_time(&self, clock: &Clock) -> Misread {
        let (hour, minute) = (clock.hour, clock.minute);
        let typed = &self.line.text[clock.at.clone()];
        let message = match () {
            () if minute > 59 => {
                say!("Нет {minute}-й минуты: «{typed}».", "There is no minute {minute}: “{typed}”.")
            }
            () if hour > 24 => {
                say!("Нет {hour}-го часа: «{typed}».", "There is no hour {hour}: “{typed}”.")
            }
            () => say!("Нет такого времени: «{typed}».", "There is no such time: “{typed}”."),
        };
        Misread::unread("not-understood", message)
            .hint(say!("Часы — от 0 до 24, минуты — до 59.", "Hours are 0 to 24, minutes to 59."))
    }

    pub fn start_alone(&self, date: NaiveDate, clock: &Clock) -> Misread {
        let start = clock.own_minutes(true).unwrap_or_default();
        if start == 1440 {
            return self.end_alone(date, clock);
        }
        let time = minutes_text(start);
        let message = say!(
            lang; "Указано только начало: {}, {}.", "Only a start: {}, {}.", self.said_day(date, lang), time
        );
        // Who says «четверг 4» means no night.
        let is_night = clock.part.is_none() && clock.minute == 0 && (1..=6).contains(&clock.hour);
        let hour = if is_night { start + 12 * 60 } else { start };
        let start = typed_minutes(hour);
        let at = self.line.with_fillers(&clock.at);
        let until = format!("{start}-{}", typed_minutes((hour + 180).min(1440)));
        let until = self.line.with(&[(at.clone(), &until)]);
        let after = |lang| {
            let word = self.tongue(lang).of("после", "after");
            self.line.with(&[(at.clone(), &format!("{word} {start}"))])
        };
        Misread::unread("start-alone", message).hint(say!(
            lang; "Добавьте конец: `{}` или `{}`.", "Add an end: `{}` or `{}`.", until, after(lang)
        ))
    }

    /// A day's last moment, which nothing starts at.
    fn end_alone(&self, date: NaiveDate, clock: &Clock) -> Misread {
        let message = say!(
            lang; "Указан только конец: {}, 24:00.", "Only an end: {}, 24:00.", self.said_day(date, lang)
        );
        let at = self.line.with_fillers(&clock.at);
        let whole = self.line.with(&[(at.clone(), "21-24")]);
        let until = |lang| {
            let until = self.tongue(lang).of("до 24", "until 24");
            self.line.with(&[(at.clone(), until)])
        };
        Misread::unread("start-alone", message).hint(say!(
            lang; "Добавьте начало: `{}` или `{}`.", "Add a start: `{}` or `{}`.", whole, until(lang)
        ))
    }

    /// A range, where one time is wanted.
    pub fn range_for_time(&self, step: &Step) -> Misread {
        let at = self.line.bytes(step.tokens.clone());
        if let Phrase::Slot(Slot::Between(a, b)) = &step.phrase
            && (a.minute, b.minute, step.tokens.len()) == (0, 0, 3)
            && (10..60).contains(&b.hour)
            && a.is_real()
        {
            let time = format!("{}:{:02}", a.hour, b.hour);
            let (a, b) = (a.hour, b.hour);
            let message = say!(
                "Можно понять двояко: {time} или {a}:00–{b}:00.",
                "This can mean {time} or {a}:00–{b}:00."
            );
            let line = self.line.with(&[(at, &time)]);
            return Misread::unread("two-meanings", message)
                .hint(say!("Время приёма: `{line}`.", "The visit's time: `{line}`."));
        }
        let typed = &self.line.text[at];
        let message = say!("Это диапазон: «{typed}».", "This is a time range: “{typed}”.");
        Misread::unread("two-meanings", message)
            .hint(say!("Время приёма — одно: `ср 11:30`.", "A visit has one time: `wed 11:30`."))
    }

    pub fn one_time_only(&self) -> Misread {
        self.not_understood()
            .hint(say!("Время приёма — одно: `ср 11:30`.", "A visit has one time: `wed 11:30`."))
    }

    pub fn appointment_past(&self, at: Instant) -> Misread {
        let message = say!(
            lang; "Это время уже прошло: {}.", "That time has passed: {}.",
            show::instant_text(at, self.today, lang)
        );
        Misread::refused("appointment-past", message).hint(say!(
            "Укажите другое; задним числом: `--anyway`.",
            "Give another, or `--anyway`."
        ))
    }

    pub fn range_past(&self, range: &Range) -> Misread {
        let said = |lang: Lang| {
            let text = show::range_text(range, self.today, lang);
            let today = format!("{}, ", self.said_day(self.today, lang));
            match text.strip_prefix(&today) {
                Some(hours) => format!("{}, {hours}", lang.of("сегодня", "today")),
                None => text,
            }
        };
        let message =
            say!(lang; "Диапазон уже закончился: {}.", "That range is over: {}.", said(lang));
        Misread::refused("range-past", message)
            .hint(say!("Укажите более позднее время.", "Give a later one."))
    }

    pub fn reversed(&self, range: &Range) -> Misread {
        let said = |lang| show::range_text(range, self.today, lang);
        if range.start == range.end {
            let at = |lang| show::instant_text(range.start, self.today, lang);
            let message = say!(
                lang; "Начало и конец совпадают: {}.", "Starts and ends at the same time: {}.", at(lang)
            );
            return Misread::refused("range-empty", message)
                .hint(say!("Укажите более поздний конец.", "Give a later end."));
        }
        let message =
            say!(lang; "Конец раньше начала: {}.", "Ends before it starts: {}.", said(lang));
        Misread::refused("range-order", message)
            .hint(say!("Проверьте начало и конец.", "Check the start and the end."))
    }

    pub fn days_reversed(&self, first: NaiveDate, last: NaiveDate) -> Misread {
        let last = last.with_year(first.year()).unwrap_or(last);
        let day = |day, lang| show::date_text(day, self.today, lang);
        let message = say!(
            lang; "Конец раньше начала: {} – {}.", "Ends before it starts: {} – {}.",
            day(first, lang), day(last, lang)
        );
        Misread::refused("range-order", message).hint(say!("Проверьте даты.", "Check the dates."))
    }

    pub fn date_past(&self, date: NaiveDate) -> Misread {
        let day = |lang| show::date_text(date, self.today, lang);
        let message = say!(lang; "{} уже прошло.", "{} has passed.", day(lang));
        Misread::refused("date-past", message).hint(say!("Проверьте дату.", "Check the date."))
    }

    /// A date without a year whose next occurrence is far: the last one may be meant.
    pub fn year_unclear(&self, named: &Named, date: NaiveDate) -> Misread {
        let (year, day) = (date.year(), date.day());
        let month = |lang| {
            show::date_text(date.with_year(self.today.year()).unwrap_or(date), self.today, lang)
        };
        if year - self.today.year() > 1 {
            let message = say!(
                lang; "Ближайшее — {}.", "The next is {}.", self.said_day(date, lang)
            );
            return Misread::refused("date-past", message).hint(say!(
                "Проверьте дату или укажите год.",
                "Check the date, or give the year."
            ));
        }
        let message = say!(lang; "{} уже прошло.", "{} has passed.", month(lang));
        let at = self.line.with_fillers(&named.at);
        let next = self.line.with(&[(at, &format!("{day}.{:02}.{year}", date.month()))]);
        let hint = say!("Если это {year} год: `{next}`.", "If you mean {year}: `{next}`.");
        Misread::refused("date-past", message).hint(hint)
    }

    pub fn too_far(&self, date: NaiveDate) -> Misread {
        let day = |lang| show::date_text(date, self.today, lang);
        let message =
            say!(lang; "До этой даты больше года: {}.", "More than a year ahead: {}.", day(lang));
        Misread::refused("too-far", message).hint(say!("Проверьте год.", "Check the year."))
    }

    pub fn no_such_date(&self, named: &Named) -> Misread {
        let typed = &self.line.text[named.at.clone()];
        let message = match named.day {
            Day::Date { month, .. } if !(1..=12).contains(&month) => say!(
                "Нет {month}-го месяца: сначала день, потом месяц.",
                "There is no month {month}: the day comes first."
            ),
            Day::Date { month: 2, year: None, .. } => say!(
                "В феврале 28 дней, в високосный год 29.",
                "February has 28 days, in a leap year 29."
            ),
            Day::Date { month, year, .. } => {
                // Only February's days follow from the year.
                let days = days_in(year.unwrap_or(2000), month);
                say!(
                    lang; "{} {} {}.", "{} has {} {}.", month_in(month, lang), days,
                    lang.plural(days, ["день", "дня", "дней"], ["day", "days"])
                )
            }
            _ => say!("Такого числа не бывает.", "There is no such day of a month."),
        };
        Misread::unread("no-such-date", message)
            .hint(say!("Проверьте дату: {typed}.", "Check: {typed}."))
    }

    /// Two dates that a day may be.
    pub fn two_days(&self, named: &Named, a: NaiveDate, b: NaiveDate) -> Misread {
        let message = say!(
            lang; "Можно понять двояко: {} или {}.", "This can mean {} or {}.",
            self.said_day(a, lang), self.said_day(b, lang)
        );
        let line =
            |date| self.line.with(&[(self.line.with_fillers(&named.at), &self.typed_date(date))]);
        let (a, b) = (line(a), line(b));
        let misread = Misread::unread("two-meanings", message);
        // With a comma between them they may be two days as well.
        match self.line.text[named.at.clone()].split_once(',') {
            Some((one, other)) => {
                let days = |and: &str| format!("{} {and} {}", one.trim_end(), other.trim_start());
                let both = |lang| {
                    let days = days(self.tongue(lang).of("и", "and"));
                    self.line.with(&[(named.at.clone(), &days)])
                };
                misread.hint(say!(
                    lang; "Введите дату: `{}` или `{}`; оба дня: `{}`.",
                    "Type the date: `{}` or `{}`; both days: `{}`.", a, b, both(lang)
                ))
            }
            None => misread
                .hint(say!("Введите дату: `{a}` или `{b}`.", "Type the date: `{a}` or `{b}`.")),
        }
    }

    pub fn every_other(&self, named: &Named) -> Misread {
        let date = self.today + Duration::days(2);
        let message = say!(
            lang; "Можно понять двояко: {} или каждый второй день.", "This can mean {} or every other day.",
            self.said_day(date, lang)
        );
        let line = self.line.with(&[(self.line.with_fillers(&named.at), &self.typed_date(date))]);
        Misread::unread("two-meanings", message)
            .hint(say!("Введите дату: `{line}`.", "Type the date: `{line}`."))
    }

    /// «ср 9 - пт 12»: three mornings, or day and night?
    pub fn days_or_stretch(&self, range: &Range) -> Misread {
        let (start, end) = (show::clock(range.start), show::clock(range.end));
        let said = |lang| show::range_text(range, self.today, lang);
        let message = say!(
            lang;
            "Можно понять двояко: {}–{} каждый день или без перерыва: {}.",
            "This can mean {}–{} every day, or without a break: {}.",
            start, end, said(lang)
        );
        let misread = Misread::unread("two-meanings", message);
        let date = |at: Instant| self.typed_date(at.date_naive());
        let line = format!("{}-{} {start}-{end}", date(range.start), date(range.end));
        match self.would_read(&line) {
            true => misread.hint(say!("Если каждый день: `{line}`.", "If every day: `{line}`.")),
            false => misread.hint(say!("Введите каждый день.", "Type every day.")),
        }
    }

    /// «до 12 и после 9»: what lies in both, or in either?
    pub fn both_or_either(&self, after: u16, before: u16) -> Misread {
        let (a, b) = (minutes_text(after), minutes_text(before));
        let message = say!(
            "Можно понять двояко: {a}–{b} или весь день.",
            "This can mean {a}–{b} or all day."
        );
        Misread::unread("two-meanings", message).hint(say!(
            "Введите начало и конец: `ср {a}-{b}`.",
            "Type a start and an end: `wed {a}-{b}`."
        ))
    }

    pub fn zone_gap(&self, before: NaiveDateTime, after: NaiveDateTime) -> Misread {
        let zone = self.frame.zone.name();
        let day = |lang| show::date_text(before.date(), self.today, lang);
        let (from, to) = (before.format("%-H:%M"), after.format("%-H:%M"));
        let message = say!(
            lang;
            "Такого времени нет: {} в {} часы переводят на {} ({}).",
            "No such time: on {} clocks go from {} to {} ({}).",
            day(lang), from, to, zone
        );
        Misread::refused("zone-gap", message).hint(say!("Укажите другое.", "Give another."))
    }

    pub fn two_instants(&self, a: Instant, b: Instant) -> Misread {
        let zone = self.frame.zone.name();
        let said = |lang| show::instant_text(a, self.today, lang);
        let message = say!(
            lang;
            "Такое время бывает дважды: {}, часы переводят назад ({}).",
            "This time comes twice: {}, clocks go back ({}).",
            said(lang), zone
        );
        let (a, b) = (a.to_rfc3339(), b.to_rfc3339());
        Misread::unread("two-meanings", message)
            .hint(say!("Введите `{a}` или `{b}`.", "Type `{a}` or `{b}`."))
    }
}

fn days_in(year: i32, month: u32) -> usize {
    (28..=31)
        .rev()
        .find(|day| NaiveDate::from_ymd_opt(year, month, *day).is_some())
        .map_or(0, |day| day as usize)
}

fn month_in(month: u32, lang: Lang) -> &'static str {
    const MONTHS: [(&str, &str); 12] = [
        ("В январе", "January"),
        ("В феврале", "February"),
        ("В марте", "March"),
        ("В апреле", "April"),
        ("В мае", "May"),
        ("В июне", "June"),
        ("В июле", "July"),
        ("В августе", "August"),
        ("В сентябре", "September"),
        ("В октябре", "October"),
        ("В ноябре", "November"),
        ("В декабре", "December"),
    ];
    let names = MONTHS[(month.clamp(1, 12) - 1) as usize];
    lang.of(names.0, names.1)
}
