//! Makes a store: so many requests, half as many patients, a year of working days behind them.
//!
//! Every record is what its history adds up to, as the program itself would have written it, so
//! `appt check` finds nothing wrong with it on the day that [`NOW`] names.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use appt::format::{encode, layout};
use appt::history::{self, Event, What};
use appt::model::kind::Kind;
use appt::model::range::{Instant, Range};
use appt::model::record::Record;
use appt::model::request::Status;
use appt::model::settings::Settings;
use appt::model::value::{Value, Values};
use appt::query::identify;
use appt::words::slug;
use chrono::{DateTime, Datelike as _, Days, TimeDelta, Weekday};

/// The moment at which the store is looked at.
pub const NOW: &str = "2026-11-23T10:00:00+03:00";
/// The working days over which the requests are spread.
const DAYS: usize = 250;
/// The key of the store: public, since its patients are invented.
const KEY: &str = "7363616c653a20616e20696e76656e7465642073746f72652773206b6579";

const SURNAMES: [&str; 40] = [
    "Абрамов",
    "Баранов",
    "Белов",
    "Васильев",
    "Виноградов",
    "Власов",
    "Воробьёв",
    "Гаврилов",
    "Герасимов",
    "Голубев",
    "Григорьев",
    "Давыдов",
    "Денисов",
    "Ермаков",
    "Жуков",
    "Зайцев",
    "Иванов",
    "Калинин",
    "Киселёв",
    "Ковалёв",
    "Комаров",
    "Кудрявцев",
    "Лазарев",
    "Лебедев",
    "Макаров",
    "Медведев",
    "Назаров",
    "Овчинников",
    "Орлов",
    "Павлов",
    "Поляков",
    "Романов",
    "Савельев",
    "Семёнов",
    "Соболев",
    "Тарасов",
    "Ушаков",
    "Филиппов",
    "Чернов",
    "Щукин",
];
const MEN: [&str; 12] = [
    "Алексей",
    "Борис",
    "Василий",
    "Глеб",
    "Дмитрий",
    "Егор",
    "Иван",
    "Лев",
    "Марк",
    "Никита",
    "Пётр",
    "Семён",
];
const WOMEN: [&str; 12] = [
    "Алёна",
    "Вера",
    "Галина",
    "Дарья",
    "Елена",
    "Жанна",
    "Зоя",
    "Ирина",
    "Лидия",
    "Мария",
    "Нина",
    "Софья",
];
const FATHERS: [&str; 10] = [
    "Андреев",
    "Борисов",
    "Викторов",
    "Григорьев",
    "Иванов",
    "Львов",
    "Николаев",
    "Олегов",
    "Петров",
    "Фёдоров",
];
const SPECIALTIES: [&str; 12] = [
    "Терапевт",
    "Кардиолог",
    "Хирург",
    "Невролог",
    "Окулист",
    "Оториноларинголог",
    "Дерматолог",
    "Уролог",
    "Эндокринолог",
    "Гастроэнтеролог",
    "Травматолог",
    "Аллерголог",
];
const OPERATORS: [&str; 6] = ["anna", "boris", "vera", "gleb", "darya", "egor"];

/// A failure, told in a sentence.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Makes the store in a folder that is not there yet. Imported requests have the one event that an
/// import from the old site leaves, and so take half the room.
pub fn store(root: &Path, requests: usize, are_imported: bool) -> Result<()> {
    let settings_text = Settings::initial(chrono_tz::Europe::Moscow, None, KEY);
    if root.exists() {
        return Err(format!("{} is there already", root.display()).into());
    }
    fs::create_dir_all(root)?;
    fs::write(root.join("appt.toml"), settings_text)?;
    fs::create_dir(root.join(".appt"))?;
    let mut maker = Maker { root, dice: Dice(0x5eed), now: DateTime::parse_from_rfc3339(NOW)? };
    let clinics = maker.directory()?;
    let patients = maker.patients((requests / 2).max(1))?;
    maker.requests(requests, &patients, &clinics, are_imported)?;
    println!("{}: {requests} requests, {} patients", root.display(), patients.len());
    Ok(())
}

/// A sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

struct Maker<'r> {
    root: &'r Path,
    dice: Dice,
    now: Instant,
}

/// A clinic's id and the specialties that it has.
struct Clinic {
    id: String,
    specialties: Vec<String>,
}

fn event(at: Instant, by: &str, what: What) -> Event {
    Event { at, by: by.to_owned(), what, tx: None, extra: Vec::new() }
}

impl Maker<'_> {
    /// Writes a record: what its events add up to.
    fn put(&self, kind: Kind, id: &str, history: Vec<Event>) -> Result<()> {
        let mut record = Record::new(kind, id);
        record.values = history::fold(kind, &history).values;
        record.history = history;
        let path = self.root.join(layout::path(kind, id));
        let text = encode::record(&record);
        let mut file = match fs::File::create_new(&path) {
            Ok(file) => file,
            Err(_) => {
                fs::create_dir_all(path.parent().ok_or("a record lies in a folder")?)?;
                fs::File::create_new(&path)?
            }
        };
        file.write_all(text.as_bytes())?;
        Ok(())
    }

    fn first(&self, kind: Kind, id: &str, values: Values) -> Result<()> {
        let at = self.now - TimeDelta::days(400);
        self.put(kind, id, vec![event(at, OPERATORS[0], What::First { source: None, values })])
    }

    /// Specialties, clinics and operators: a few of each.
    fn directory(&mut self) -> Result<Vec<Clinic>> {
        for (at, id) in OPERATORS.into_iter().enumerate() {
            let role = if at == 0 { "admin" } else { "operator" };
            let values = Values::new()
                .with("name", format!("{} {}", WOMEN[at], SURNAMES[at]))
                .with("role", role)
                .with("emails", Value::List(vec![format!("{id}@example.org").into()]));
            self.first(Kind::Operator, id, values)?;
        }
        let ids: Vec<String> = SPECIALTIES.iter().map(|title| slug::slug(title)).collect();
        for (id, title) in ids.iter().zip(SPECIALTIES) {
            self.first(Kind::Specialty, id, Values::new().with("title", title))?;
        }
        let mut clinics = Vec::new();
        for number in 1..=10 {
            let mut own: Vec<String> =
                ids.iter().skip(number % 2).step_by(2).cloned().chain([ids[0].clone()]).collect();
            own.sort();
            own.dedup();
            let id = format!("poliklinika-{number}");
            let values = Values::new()
                .with("name", format!("Поликлиника № {number}"))
                .with("address", format!("г. Москва, ул. Примерная, д. {number}"))
                .with("phone", format!("+7495000{number:04}"))
                .with("specialties", Value::List(own.iter().cloned().map(Value::from).collect()));
            self.first(Kind::Clinic, &id, values)?;
            clinics.push(Clinic { id, specialties: own });
        }
        Ok(clinics)
    }

    fn name(&mut self) -> String {
        let surname = self.dice.pick(&SURNAMES);
        let father = self.dice.pick(&FATHERS);
        match self.dice.below(2) {
            0 => format!("{surname} {} {father}ич", self.dice.pick(&MEN)),
            _ => format!("{surname}а {} {father}на", self.dice.pick(&WOMEN)),
        }
    }

    fn patients(&mut self, count: usize) -> Result<Vec<String>> {
        let mut ids = Vec::with_capacity(count);
        for number in 0..count {
            let passport = passport(number);
            let id = identify::patient_place(KEY, &passport, 0);
            let values = Values::new()
                .with("name", self.name())
                .with("passport", passport)
                .with("phone", format!("+79{:09}", self.dice.roll() % 1_000_000_000));
            let at = self.now - TimeDelta::days(380) + TimeDelta::seconds(number as i64);
            let by = *self.dice.pick(&OPERATORS);
            self.put(
                Kind::Patient,
                &id,
                vec![event(at, by, What::First { source: None, values })],
            )?;
            ids.push(id);
        }
        Ok(ids)
    }

    fn requests(
        &mut self,
        count: usize,
        patients: &[String],
        clinics: &[Clinic],
        are_imported: bool,
    ) -> Result<()> {
        let days = working_days(self.now);
        for number in 0..count {
            let day = days[number * days.len() / count];
            let part = appt::words::base32::encode(
                (number as u64).wrapping_mul(0x2545_f491).wrapping_add(0x1357_9bdf) & 0x3fff_ffff,
                layout::REQUEST_PART,
            );
            let id = format!("{}-{part}", day.format("%Y%m%d"));
            let mut history = self.life(day, patients, clinics);
            if are_imported {
                let values = history::fold(Kind::Request, &history).values;
                let source = Some(format!("requests.request:{number}"));
                history.truncate(1);
                history[0].what = What::First { source, values };
            }
            self.put(Kind::Request, &id, history)?;
        }
        Ok(())
    }

    /// A request from its first call to where it stands: one in ten waits, one in ten is under way,
    /// one in seven was refused, the rest are done.
    fn life(&mut self, day: Instant, patients: &[String], clinics: &[Clinic]) -> Vec<Event> {
        let made = day + TimeDelta::seconds(self.dice.below(7 * 3600) as i64);
        let by = *self.dice.pick(&OPERATORS);
        let clinic = self.dice.pick(clinics);
        let specialty = self.dice.pick(&clinic.specialties).clone();
        let patient = self.dice.pick(patients).clone();
        let fate = self.dice.below(100);
        // What is open still has its time to come.
        let from = if fate < 20 { self.now } else { made };
        let start = midnight(from)
            + TimeDelta::days(2 + self.dice.below(20) as i64)
            + TimeDelta::hours(9 + self.dice.below(6) as i64);
        let range = Range { start, end: start + TimeDelta::hours(3) };
        let values = Values::new()
            .with("patient", patient)
            .with("clinic", clinic.id.as_str())
            .with("specialty", specialty)
            .with("status", Status::Created.code())
            .with("operator", by)
            .with("created", made)
            .with("patient_ranges", [range].as_slice());
        let mut history = vec![event(made, by, What::First { source: None, values })];
        let mut add = |after: i64, what: What| {
            history.push(event(made + TimeDelta::seconds(after), by, what));
        };
        let (created, calling) = (Status::Created, Status::InProgress);
        let visit = start + TimeDelta::minutes(30 * self.dice.below(5) as i64);
        match fate {
            0..10 => {}
            10..20 => {
                add(60, What::status(created, calling, None, None));
                let offered = Range { start: range.start, end: range.end + TimeDelta::hours(1) };
                let added = vec![Value::Range(offered)];
                add(90, What::List { key: "clinic_ranges", added, removed: Vec::new() });
            }
            20..34 => {
                let reason = Some("Передумал, обратится позже".to_owned());
                add(300, What::status(created, Status::PatientRefused, None, reason));
            }
            _ => {
                add(60, What::status(created, calling, None, None));
                add(90, What::set("appointment", None, Some(visit.into())));
                add(240, What::status(calling, Status::Processed, Some(visit), None));
            }
        }
        history
    }
}

/// The passport of a patient by their number.
pub fn passport(number: usize) -> String {
    format!("45{:08}", (number * 7919 + 1) % 100_000_000)
}

fn midnight(at: Instant) -> Instant {
    let day = at.date_naive().and_hms_opt(0, 0, 0).expect("midnight is a time");
    day.and_local_timezone(*at.offset()).single().expect("an offset has no gaps")
}

/// Nine in the morning of the last working days before a moment, the earliest first.
fn working_days(now: Instant) -> Vec<Instant> {
    let mut day = midnight(now) + TimeDelta::hours(9);
    let mut days = Vec::with_capacity(DAYS);
    while days.len() < DAYS {
        day = day.checked_sub_days(Days::new(1)).expect("the calendar reaches back a year");
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            days.push(day);
        }
    }
    days.reverse();
    days
}
