//! Where a dialogue may stand, and what kind of question each place asks.

use crate::i18n::Lang;
use crate::model::range::{Instant, Range};
use crate::script::found::Found;

/// Where the dialogue stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// Who calls? One box for a name, a phone, a passport, a request.
    Box,
    /// Which of the patients that were found.
    Found(Found),
    /// What a known patient wants, who has live requests.
    Wants { patient: String, live: Vec<String> },
    /// Ten digits that nobody has: a passport, or a phone?
    Number { digits: String },
    /// A new patient's passport.
    Passport,
    /// Their name.
    Name,
    /// Their phone, or a known patient's new one.
    Phone,
    /// The name reads as Russian in the other keyboard layout: was that meant?
    Layout { typed: String, turned: String },
    /// Whether the new patient is one of those who have such a name, or this phone.
    Similar { ids: Vec<String>, by_phone: bool },
    /// Which doctor, where.
    Doctor,
    /// Which of several doctors and clinics.
    DoctorChoice { pairs: Vec<(String, String)> },
    /// When it suits.
    When,
    /// Which of two meanings of what was typed.
    WhenChoice { first: Vec<Range>, second: Vec<Range>, words: (String, String) },
    /// The whole request, before it is saved.
    Review,
    /// What did the clinic say?
    Answer { id: String },
    /// The clinic has nothing free.
    NothingFree { id: String },
    /// The request goes to a clinic of another clock: when does it suit the patient there?
    ElsewhereWhen { id: String, clinic: String, why: String },
    /// A time that does not suit the patient, or is past: is it right?
    Sure { id: String, at: Instant },
    /// Which of the clinic's times suits the patient?
    Offer { id: String },
    /// None of them does: what now?
    Unsuited { id: String },
    /// Nothing of it lies within the clinic's times: is the clinic asked about it?
    Outside { id: String, ranges: Vec<Range> },
    /// The patient's times are over: when does it suit them now?
    Anew { id: String },
    /// Only a part of it lies within the clinic's times: record that?
    Narrow { id: String, fits: Vec<Range> },
    /// For which time did the clinic book?
    Time { id: String },
    /// The patient is told.
    Told { id: String },
    /// The appointment was mistyped: which one is right?
    Mend { id: String },
    /// The clinic is told that the visit is off.
    Off { id: String },
    /// Somebody else has the request, or nobody has taken it up.
    Held { id: String },
    /// A visit is moved: to when?
    MoveWhen { id: String },
    /// The old visit is given up: sure?
    MoveSure { id: String },
    /// Why is the visit cancelled?
    Reason { id: String },
    /// Nothing more.
    End,
}

impl Stage {
    /// The request that it is about.
    pub(super) fn subject(&self) -> Option<&str> {
        match self {
            Stage::Answer { id }
            | Stage::NothingFree { id }
            | Stage::ElsewhereWhen { id, .. }
            | Stage::Sure { id, .. }
            | Stage::Offer { id }
            | Stage::Unsuited { id }
            | Stage::Outside { id, .. }
            | Stage::Anew { id }
            | Stage::Narrow { id, .. }
            | Stage::Time { id }
            | Stage::Told { id }
            | Stage::Mend { id }
            | Stage::Off { id }
            | Stage::Held { id }
            | Stage::MoveWhen { id }
            | Stage::MoveSure { id }
            | Stage::Reason { id } => Some(id),
            _ => None,
        }
    }

    /// Whether words are typed that may be offered again after going back. An answer that asserts
    /// a fact is none: Enter must not repeat it.
    pub(super) fn is_text(&self) -> bool {
        matches!(
            self,
            Stage::Box
                | Stage::Passport
                | Stage::Name
                | Stage::Phone
                | Stage::Doctor
                | Stage::When
                | Stage::MoveWhen { .. }
                | Stage::ElsewhereWhen { .. }
                | Stage::Anew { .. }
        )
    }

    /// Whether an answer asserts a fact about a person or a call.
    pub(super) fn is_fact(&self) -> bool {
        let is_who = matches!(
            self,
            Stage::Found(_) | Stage::Similar { .. } | Stage::Wants { .. } | Stage::Number { .. }
        );
        is_who || self.subject().is_some() && !self.is_text()
    }

    /// What `?` says.
    pub(super) fn help(&self, lang: Lang) -> &'static str {
        match self {
            Stage::Box => lang.of(
                "Введите начало фамилии и имени (щук п), часть телефона, паспорт или номер заявки.",
                "Type the beginning of a name, part of a phone number, a passport, or a request's id.",
            ),
            Stage::Passport => lang.of(
                "Десять цифр, пробелы не важны: 4511 223344.",
                "Ten digits, spaces don't matter: 4511 223344.",
            ),
            Stage::Name => lang.of(
                "Сначала фамилия: Лабанова Дарья Олеговна. Заглавные буквы не нужны.",
                "The surname first. No capitals are needed.",
            ),
            Stage::Phone => lang.of(
                "Десять цифр без восьмёрки, или с 8, или с +7: 916 123-45-67.",
                "Ten digits, or with 8 or +7 before them: 916 123-45-67.",
            ),
            Stage::Doctor => lang.of(
                "Начало специальности и клиники: тер 1. Подойдёт и то, как специальность называют в разговоре.",
                "The beginning of a specialty and a clinic: card 2. What people call a specialty will do, too.",
            ),
            Stage::ElsewhereWhen { .. } | Stage::Anew { .. } => lang.of(
                "День и часы: ср 9-12, завтра после 15; несколько — через запятую. Или «отказ», или «позже», если не дозвонились, или «не тот номер».",
                "A day and hours: wed 9-12, tomorrow after 15; several with commas. Or “declines”, or “later” where nobody answered, or “wrong number”.",
            ),
            Stage::When | Stage::MoveWhen { .. } => lang.of(
                "День и часы: ср 9-12, завтра после 15, 25.11 9:00–12:30, пт весь день; несколько — через запятую.",
                "A day and hours: wed 9-12, tomorrow after 15, 25.11 9:00–12:30, fri all day; several with commas.",
            ),
            Stage::Offer { .. } => lang.of(
                "Цифра, несколько цифр (1, 2), или «да», или день и часы в пределах времени клиники, или «не подходит», «отказ», «позже», «не тот номер».",
                "A number, several (1, 2), or “yes”, or a day and hours within the clinic's times, or “does not suit”, “declines”, “later”, “wrong number”.",
            ),
            Stage::Unsuited { .. } => lang.of(
                "Цифра, или день и часы, удобные пациенту: их запишем и спросим клинику ещё раз.",
                "A number, or a day and hours that suit the patient: they are recorded, and the clinic is asked again.",
            ),
            Stage::Answer { .. } | Stage::Time { .. } => lang.of(
                "Время приёма (ср 11:30; если день один — просто 11:30), время клиники (чт 14-16), «нет», «позже» или «не тот номер».",
                "The appointment (wed 11:30; 11:30 alone where there is one day), the clinic's times (thu 14-16), “none”, “later” or “wrong number”.",
            ),
            Stage::Reason { .. } => lang.of(
                "Несколько слов или ничего. Передумали: ..",
                "A few words, or nothing. To change your mind: ..",
            ),
            Stage::Found(found) if found.ids.is_empty() => lang.of(
                "1 — новый пациент: спросим паспорт. Или введите имя, телефон, паспорт иначе.",
                "1 is a new patient: the passport comes next. Or type the name, phone or passport in another way.",
            ),
            Stage::Found(_) => lang.of(
                "Номер строки того, кто звонит, или последние четыре цифры паспорта. Его тут нет — строка о новом пациенте, или введите имя иначе.",
                "The number of who calls, or the last four digits of the passport. Where nobody fits, add a new patient, or type the name in another way.",
            ),
            Stage::Layout { .. } => lang.of(
                "1 — имя в русской раскладке, 2 — как набрано. Другое имя: ..",
                "1 is the name in the Russian layout, 2 as it was typed. For another name: ..",
            ),
            Stage::Similar { .. } => lang.of(
                "Номер строки того, кто звонит; последняя строка — если это другой человек.",
                "The number of who calls; the last line where it is somebody else.",
            ),
            Stage::Number { .. } => lang.of(
                "1 — это паспорт, его ещё нет в базе. 2 — это телефон: он запишется новому пациенту.",
                "1: it is a passport that is not known yet. 2: it is a phone; a new patient gets it.",
            ),
            Stage::Mend { .. } => lang.of(
                "Время, на которое клиника записала: 11:30, если день тот же, или ср 11:30. Прежнее остаётся, пока не введено новое.",
                "The time that the clinic booked: 11:30 on the same day, or wed 11:30. The old one stays until the new one is typed.",
            ),
            Stage::Wants { .. } => lang.of(
                "Цифра того, что нужно пациенту. Перенести — другое время, прежняя заявка закроется. Отменить, отказаться — приёма не будет. Продолжить — с того места, где заявка стоит. Новая заявка — этого же пациента. Телефон другой — записать новый. Исправить время приёма — если записано не то, на что записала клиника. Другое удобное время — клиника ещё не ответила, а пациент назвал другие часы.",
                "The number of what the patient wants. To move is another time, and the old request is closed. To cancel or decline is no visit. To go on is from where the request stands. A new request is one more of this patient. Another phone records it. To mend the appointment is where another time was recorded than the clinic booked. Other times: the clinic has not answered yet, and the patient names others.",
            ),
            Stage::DoctorChoice { .. } => lang.of(
                "Цифра врача и клиники, или введите точнее: кард 2.",
                "The number of a doctor and clinic, or type more: card 2.",
            ),
            Stage::WhenChoice { .. } => lang.of(
                "1 — начиная с сегодняшнего дня, 2 — со следующей недели. Можно ввести и другое время.",
                "1 begins today, 2 next week. Another time may be typed as well.",
            ),
            Stage::Review => lang.of(
                "1 — заявка сохранится, и на экране будет, что сказать клинике. 2 — только сохранится. 3–5 — вернуться и исправить.",
                "1 saves the request and shows what to say to the clinic. 2 only saves it. 3 to 5 go back to mend it.",
            ),
            Stage::NothingFree { .. } => lang.of(
                "Другая клиника, если она есть, — заявка перейдёт туда. Позже — заявка подождёт в очереди. Отказ закроет заявку. Если пациент назвал другие дни и часы, введите их: клинику спросим ещё раз.",
                "Another clinic, where there is one: the request goes there. Later: it waits in the queue. A refusal closes it. Where the patient named other days and hours, type them: the clinic is asked again.",
            ),
            Stage::Sure { .. } => lang.of(
                "1 — только если пациент и клиника сами назвали это время. 2 — другое время; его можно ввести и сразу. 3, если есть, — сначала спросить пациента об этом времени.",
                "1 only where patient and clinic agreed to this very time. 2 for another one, which may be typed at once. 3, where there is one, asks the patient about this time first.",
            ),
            Stage::Narrow { .. } => lang.of(
                "1 — записать часть, которая подходит клинике. 2 — спросить пациента ещё раз. Другие часы можно ввести и сразу.",
                "1 records the part that suits the clinic. 2 asks the patient again. Other hours may be typed at once.",
            ),
            Stage::Outside { .. } => lang.of(
                "1 — клинику спросим ещё раз, о времени пациента. 2 — спросить пациента о других часах; их можно ввести и сразу.",
                "1 asks the clinic again, about the patient's times. 2 asks the patient for other hours, which may be typed at once.",
            ),
            Stage::Told { .. } => lang.of(
                "1 — пациент услышал время или уже был на приёме: заявка обработана. 2 — заявка подождёт в очереди. 3 — перенести на другое время. 4 — отменить. 5 — время записано с ошибкой.",
                "1: the patient heard the time, or came already: the request is done. 2: it waits in the queue. 3: move it to another time. 4: cancel it. 5: the time was mistyped.",
            ),
            Stage::Off { .. } => lang.of(
                "1 — клиника сняла запись. 2 — заявка подождёт в очереди, пока клиника не узнает.",
                "1: the clinic took the booking off. 2: the request waits in the queue until the clinic knows.",
            ),
            Stage::Held { .. } => lang.of(
                "1 — дальше заявку ведёте вы, и на экране будет, кому звонить. 2 — ничего не изменится.",
                "1: the request is yours from here on, and the screen says whom to call. 2: nothing changes.",
            ),
            Stage::MoveSure { .. } => lang.of(
                "1 — прежняя заявка закроется, по новой позвоните в клинику. 2 — запись останется. 3 — другой врач или клиника.",
                "1: the old request is closed, and you call the clinic about the new one. 2: the visit stays. 3: another doctor or clinic.",
            ),
            Stage::End => "",
        }
    }
}
